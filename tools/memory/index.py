"""The index of one state of a shop's past: words, vectors, outcomes and filters, made from its tables.

BM25 (Robertson and Zaragoza 2009) over words and over pairs and single Chinese characters. Vectors are our own (`vectors`), or those of
the embedding model that the merchant configured; where it does not answer our own take its place, and that is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import Words, both
from .asking import Filters, Passing
from .documents import Document, documents
from .embedding import Embeds, configured
from .outcome import Outcome, outcomes
from .store import VectorStore
from .tokens import terms_of, tokenise
from .vectors import TextVectors

if TYPE_CHECKING:
    from ...data.workspace import Workspace

NEIGHBOURS = 50
K1, B = 0.9, 0.4
# What is less near than this counts as not near at all.
LEAST_NEAR = 0.3
# What the nearest vector adds to the best word match (which counts 1); this and the above chosen on half of the judged questions.
WEIGHT_OWN = 0.2
WEIGHT_MODEL = 0.5
# A question waits no longer than this for its own vector.
QUESTION_SECONDS = 5.0


class Index:
    """Everything that is made once per state of the shop's past, named by `mark`."""

    def __init__(self, workspace: Workspace, mark: str) -> None:
        self.mark = mark
        self.documents: list[Document] = documents(workspace)
        self.outcomes: list[Outcome] = _outcomes(self.documents)
        self.passing = Passing(self.documents)
        self.ranks = np.array([o.rank for o in self.outcomes])
        self.at = {d.id: i for i, d in enumerate(self.documents)}
        self.words = WordIndex([d.words for d in self.documents])
        self.note: Words | None = None
        self.model: Embeds | None = None
        self.vectors = self._vectors(workspace)
        self.store = VectorStore(workspace.memory, workspace.settings.chroma_url)

    @property
    def weight(self) -> float:
        """What a cosine of 1 adds to the best word match."""
        return WEIGHT_MODEL if self.model else WEIGHT_OWN

    def open_store(self) -> None:
        """Begin to open the vector store in the background."""
        if self.documents:
            filters = [self.passing.metadata(i) for i in range(len(self.documents))]
            self.store.start(self.mark, [d.id for d in self.documents], filters, self.vectors)

    def near(self, query: str, filters: Filters, inside: np.ndarray) -> np.ndarray:
        """Return [documents] how near the `NEIGHBOURS` nearest that pass are to a question, 0..1; zero for the others and the less near."""
        vector = self._vector(query)
        near = np.zeros(len(self.documents))
        if vector is None or not vector.any():
            return near
        cosine = np.asarray(self.vectors @ vector, dtype=np.float64)
        # Texts of any kind have some likeness to a model; what counts is what goes beyond the usual.
        usual = float(cosine.mean()) if self.model else 0.0
        beyond = (cosine - usual) / max(1e-6, 1 - usual)
        places: list[int] | None = None
        if self.store.ready:
            try:
                found = self.store.nearest(vector, self.passing.where(filters), min(NEIGHBOURS, int(inside.sum())))
                places = [self.at[id_] for id_ in found]
            except Exception as error:
                self.store.set_aside(error)
        if places is None:
            candidates = np.flatnonzero(inside & (beyond >= LEAST_NEAR))
            places = [int(i) for i in candidates[np.argsort(-cosine[candidates], kind="stable")[:NEIGHBOURS]]]
        near[places] = beyond[places]
        return np.where(near >= LEAST_NEAR, near, 0.0)

    def _vectors(self, workspace: Workspace) -> np.ndarray:
        try:
            model = configured(workspace)
            if model is not None and self.documents:
                made = model.embed([d.words for d in self.documents])
                self.model, model.seconds = model, QUESTION_SECONDS
                return made
        except AdwrightError as error:
            self.note = both(
                f"{error.message.zh}这次改用不需要模型的检索。", f"{error.message.en} Words and our own vectors were used instead."
            )
        self.own = TextVectors(self.words.terms)
        return self.own.matrix

    def _vector(self, query: str) -> np.ndarray | None:
        if self.model is None:
            return self.own.embed([term for term in tokenise(query) if term in self.words.known])
        try:
            return self.model.embed([query])[0]
        except AdwrightError as error:
            self.note = both(f"{error.message.zh}这次只按词语检索。", f"{error.message.en} Only words were compared this time.")
            return None


class WordIndex:
    """BM25 over texts. `terms` are the words of each text, `known` all of them."""

    def __init__(self, texts: list[str]) -> None:
        import bm25s

        self.terms = [tokenise(text) for text in texts]
        self.known = {term for row in self.terms for term in row}
        self.size = len(texts)
        self._bm25 = bm25s.BM25(k1=K1, b=B)
        if self.known:
            self._bm25.index([terms_of(text, row) for text, row in zip(texts, self.terms, strict=True)], show_progress=False)

    def scores(self, query: str) -> tuple[np.ndarray, np.ndarray]:
        """Return [texts] BM25 scores, and whether a text shares a word (not only a lone character) with `query`."""
        words = [term for term in dict.fromkeys(tokenise(query)) if term in self.known]
        if not self.known or not words:
            return np.zeros(self.size), np.zeros(self.size, dtype=bool)
        every = [term for term in dict.fromkeys(terms_of(query, words)) if term in self._bm25.vocab_dict]
        scores = np.asarray(self._bm25.get_scores(every), dtype=np.float64)
        shared = np.asarray(self._bm25.get_scores(words), dtype=np.float64) > 0
        return scores, shared


def _outcomes(found: list[Document]) -> list[Outcome]:
    """Outcomes of campaigns among campaigns, and of creatives, whose counts are samples, among creatives."""
    result: dict[int, Outcome] = {}
    for creative in (False, True):
        places = [i for i, d in enumerate(found) if (d.kind == "creative") == creative]
        result |= dict(zip(places, outcomes([found[i].row for i in places]), strict=True))
    return [result[i] for i in range(len(found))]
