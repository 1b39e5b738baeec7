"""Customer service on our own labelled pairs: right answers, and silence where the demo shop's store has none.

`python -m benchmarks service`. ``tests/tools/service_pairs.jsonl`` holds 348 messages in Chinese and English with what a right answer cites:
an entry of the store, the order table, the catalogue, or nothing but a hand-over. Thresholds were chosen on the ``dev`` half; nothing was on the
``eval`` half.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adwright.data.workspace import Workspace
    from adwright.tools.commerce import ServiceAnswer, ServiceDesk

PAIRS = Path(__file__).resolve().parents[1] / "tests" / "tools" / "service_pairs.jsonl"
ITEMS = (("云步 轻云3 跑鞋", "Cloudstep Featherlite 3 running shoes"), ("云步 静伸 瑜伽垫", "Stillness yoga mat"))
_STOCKED = ("有货", "还有", "缺货", "in stock", "left", "out of stock")


def main(arguments: list[str] | None = None) -> None:
    """Print the table of both halves."""
    from adwright.data.workspace import Workspace
    from adwright.tools.commerce import ServiceDesk

    del arguments
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    print("| pairs | language | to be answered | right | to be handed over | handed over | CPU ms a message |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, Workspace.demo(Path(folder) / "demo", scale=0.05) as shop:
        desk = ServiceDesk(shop)
        for half, told in (("dev", "chosen on"), ("eval", "held out")):
            for language in ("zh", "en"):
                some = [row for row in rows if (row["half"], row["language"]) == (half, language)]
                silent = sum(row["want"] == "hand-over" for row in some)
                start = time.process_time()
                answered, quiet = right(desk, shop, some)
                each = (time.process_time() - start) / len(some) * 1000
                print(f"| {told} | {language} | {len(some) - silent} | {answered:.3f} | {silent} | {quiet:.3f} | {each:.1f} |")


def right(desk: ServiceDesk, shop: Workspace, rows: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Return the share of answerable messages answered rightly, and of the others handed over without a claim."""
    order = shop.warehouse.frame("SELECT order_id FROM orders WHERE quantity > 0 ORDER BY order_id LIMIT 1").order_id[0]
    scores: dict[bool, list[bool]] = {True: [], False: []}
    for i, row in enumerate(rows):
        message = row["message"].format(order=order, item=ITEMS[i % 2][row["language"] == "en"])
        answer = desk.answer(message)
        wanted = row["want"].split("|")
        scores[wanted == ["hand-over"]].append(any(_meets(answer, want) for want in wanted))
    return tuple(sum(some) / len(some) if some else 1.0 for some in (scores[False], scores[True]))  # pyright: ignore[reportReturnType]


def _meets(answer: ServiceAnswer, want: str) -> bool:
    if want == "hand-over":
        return answer.handed_over and not answer.citations
    if want in ("hello", "thanks"):
        return answer.intent == "small-talk"
    if want == "order":
        return any(cited.startswith("order:") for cited in answer.citations)
    if want == "which-order":
        return answer.intent == "order" and not answer.citations
    if want in ("stock-of", "price", "product"):
        words = {"stock-of": _STOCKED, "price": ("标价", "listed"), "product": ("",)}[want]
        return answer.intent == "product" and any(word in answer.text for word in words)
    return f"faq:{want}" in answer.citations


if __name__ == "__main__":
    main(sys.argv[1:])
