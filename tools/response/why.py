"""Why a rate is what it is: the model's exact drivers, put together by what a merchant knows them as, in words.

Everything is computed on the logit scale, where drivers add up exactly: the logit of a prediction is that of its reference plus the
drivers' terms. A driver's `relative` says what the rate would lose without it. The columns of the model's own explanation
(`ResponseModel.explain`) are only grouped here, never weighed anew. Not here: asking questions of a plan (`drafts`).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log
from typing import TYPE_CHECKING, Any, Literal

from ...data.brief import Document
from ...data.words import Words, both
from .features import Context, columns_of
from .naming import apart, concept, spoken
from .response import Response

if TYPE_CHECKING:
    from ...data.workspace import Workspace

Rate = Literal["ctr", "cvr"]
# A driver that moves the rate by less than this share is not worth a sentence.
LEAST = 0.005
ROUNDING = 1e-6
# What the order of a sum leaves is no driver.
NOTHING = 1e-12
CAUTION = both("这是过往数据里的相关，不是因果证明。", "This is correlation in past data, not proof of cause.")
NO_PICTURES = both(
    "这个模型的训练数据里没有图片，所以图片不影响这里的预测。",
    "The model's training data held no pictures, so pictures do not move these predictions.",
)
NO_MODEL = both(
    "这里没有用到店铺自己的模型，比率来自过往投放或行业假设，说不出素材的差别。",
    "No model of the shop's own stands behind this rate: it comes from past campaigns or an assumption, and cannot tell creatives apart.",
)
AVERAGE = both("影响都与该渠道的平均情况相比。", "All effects are against the channel's average.")
RATE = {"ctr": both("点击率", "CTR"), "cvr": both("转化率", "CVR")}


class Driver(Document):
    """One reason: `term` on the logit scale, `relative` what it adds to the rate (0.08 = 8 % more than without it).

    `what` names the reason, `words` says what it does as well.
    """

    key: str
    term: float
    relative: float
    what: Words
    words: Words


def why(response: Response, context: Context, rate: Rate = "ctr") -> list[Driver]:
    """Drivers of one prediction against the channel's average (nothing known but the channel), the strongest first.

    The terms add up to logit(rate) - logit(rate of the reference) exactly. Empty when no model stands behind the rate.
    """
    return drivers(response, context, reference(context), rate, against=False) if response.model is not None else []


def reference(context: Context) -> Context:
    """Return what a single prediction is held against: the same channel with everything else unknown."""
    return Context(channel=context.channel)


def why_higher(workspace: Workspace, a: Context, b: Context, rate: Rate = "ctr") -> list[Driver]:
    """Drivers of the difference between two drafts, the strongest first; their terms add up to logit(a) - logit(b).

    Example:
        >>> first = Context(channel="douyin", headline="轻云跑鞋，限时9折")
        >>> why_higher(shop, first, first.model_copy(update={"headline": "跑鞋上新"}))[0].words.zh  # doctest: +SKIP
        '标题里有优惠词，另一条没有：点击率相对 +6.1%'
    """
    return drivers(Response.load(workspace), a, b, rate)


def drivers(response: Response, a: Context, b: Context, rate: Rate, against: bool = True) -> list[Driver]:
    """Drivers of a's rate over b's. `against` words them as one draft beside another, else as one beside the average."""
    (of_a, z), (of_b, _) = terms(response, [a, b], rate)
    found = []
    for key in dict.fromkeys([*of_a, *of_b]):
        term = of_a.get(key, 0.0) - of_b.get(key, 0.0)
        if abs(term) > NOTHING:
            relative = share(z, term)
            what = apart(key, a, b, response.workspace.currency) if against else spoken(key, a, response.workspace.currency)
            found.append(Driver(key=key, term=term, relative=relative, what=what, words=told(what, relative, rate)))
    return sorted(found, key=lambda d: -abs(d.term))


def share(z: float, term: float) -> float:
    """What a term adds to the rate at logit z, relative to the rate without it."""
    return (1 + exp(term - z)) / (1 + exp(-z)) - 1


def told(words: Words, relative: float, rate: Rate) -> Words:
    """Return a reason with what it does to the rate."""
    name, by = RATE[rate], signed(relative)
    return both(f"{words.zh}：{name.zh}相对 {by}", f"{words.en}: {name.en} {by}")


def signed(relative: float) -> str:
    """``+8.2%`` or ``-3.1%``."""
    return f"{relative * 100:+.1f}%"


def worth_telling(found: Iterable[Driver], most: int = 3) -> list[Driver]:
    """Return the strongest drivers that move the rate by a noticeable share."""
    return [d for d in found if abs(d.relative) >= LEAST][:most]


def terms(response: Response, contexts: list[Context], rate: Rate) -> list[tuple[dict[str, float], float]]:
    """Return the terms of each context by what they are of, and its logit, which is their sum.

    The model's columns come first; ``segment`` is what the segment's propensity adds, ``past`` what leaning on past campaigns
    (or an assumption) instead of the model alone does.
    """
    predictions = response.predict(contexts)
    model = response.model
    head: Any = None if model is None else model.click if rate == "ctr" else model.convert
    shares = [p.cvr_share if rate == "cvr" else float(p.source == "model") for p in predictions]
    served = [i for i, share in enumerate(shares) if head is not None and share]
    explained: dict[int, dict[str, float]] = {}
    if served and head is not None:
        import pandas as pd

        table = head.explain(pd.DataFrame(columns_of([contexts[i] for i in served])))
        explained = dict(zip(served, table.to_dict("records"), strict=True))
    found = []
    for i, (context, prediction) in enumerate(zip(contexts, predictions, strict=True)):
        p = getattr(prediction, rate)
        z = log(p / (1 - p))
        mine: dict[str, float] = {}
        for name, value in explained.get(i, {}).items():
            key = "base" if name == "base" else concept(str(name))
            mine[key] = mine.get(key, 0.0) + shares[i] * float(value)
        if context.segment_lift != 1.0:
            mine["segment"] = log(context.segment_lift) * (0.5 if rate == "ctr" else 1.0)
        rest = z - sum(mine.values())
        # What rounding leaves belongs to the base.
        key = "base" if i in explained and abs(rest) < ROUNDING else "past"
        mine[key] = mine.get(key, 0.0) + rest
        found.append((mine, z))
    return found


def sees_pictures(response: Response) -> bool:
    """Tell whether the model of clicks learnt from pictures."""
    return response.model is not None and any(name.startswith("picture_") for name in response.model.click.encoder.names)


def notes(response: Response, found: list[Driver], pictured: bool, alone: bool = False) -> list[Words]:
    """Return what has to be said once beside drivers: what they are held against, correlation, and that pictures played no part."""
    if response.model is None:
        return [NO_MODEL]
    said = [*([AVERAGE] if alone else []), CAUTION] if found else []
    return [*said, NO_PICTURES] if pictured and not sees_pictures(response) else said
