"""Scores record batches one after another, in this process or in several: the same numbers in the same order, in bounded memory.

Every worker loads the model from its files, as a server would, and has one batch at a time; batches travel as Arrow streams.
``python -m adwright.tools.response.scoring FOLDER`` is such a worker. What hands out batches to machines (Spark, Ray) can call
`ResponseModel.predict` in the same way.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import Words
from .model import ResponseModel
from .sharded import read, write


def score_partitions(model: ResponseModel, batches: Iterator[Any], workers: int = 1) -> Iterator[np.ndarray]:
    """Probabilities of one Arrow record batch after another, float64 [n] each, in order, by `workers` processes.

    Raises what `ResponseModel.predict` raises, and OSError where a worker ended before it answered.

    Example:
        >>> np.concatenate(list(score_partitions(model, table.to_batches(), workers=4)))  # doctest: +SKIP
    """
    if workers == 1:
        for batch in batches:
            yield model.predict(batch.to_pandas())
        return
    with tempfile.TemporaryDirectory(prefix="adwright-score-") as place:
        model.save(place)
        command = [sys.executable, "-m", "adwright.tools.response.scoring", place]
        pool = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(workers)]
        asked: deque[Any] = deque()
        try:
            for i, batch in enumerate(batches):
                if len(asked) == workers:
                    yield _answer(asked.popleft())
                worker = pool[i % workers]
                write(worker.stdin, [_packed(batch)])
                asked.append(worker)
            while asked:
                yield _answer(asked.popleft())
        finally:
            for worker in pool:
                assert worker.stdin is not None
                assert worker.stdout is not None
                if asked:
                    worker.kill()
                worker.stdin.close()
                worker.wait()
                worker.stdout.close()


def _answer(worker: Any) -> np.ndarray:
    p, *told = read(worker.stdout)
    if told:
        error = json.loads(told[0].tobytes())
        raise AdwrightError(Words(**error["message"]), Words(**error["hint"]), code=error["code"])
    return p


def _packed(batch: Any) -> np.ndarray:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return np.frombuffer(sink.getvalue(), np.uint8)


def serve(folder: Path) -> None:
    """Answer every batch with its probabilities, until the other side closes the stream."""
    import pyarrow as pa

    model = ResponseModel.load(folder)
    while True:
        try:
            (packed,) = read(sys.stdin.buffer)
        except OSError:
            return
        try:
            answer = [model.predict(pa.ipc.open_stream(packed.tobytes()).read_all().to_pandas())]
        except AdwrightError as error:
            told = {"message": error.message.model_dump(), "hint": error.hint.model_dump(), "code": error.code}
            answer = [np.zeros(0), np.frombuffer(json.dumps(told).encode(), np.uint8)]
        write(sys.stdout.buffer, answer)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
