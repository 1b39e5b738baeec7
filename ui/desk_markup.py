"""The markup of the service pages: header, list of hand-overs, what the store of answers holds. Customers' words are escaped, never rendered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ..data.words import Language, both
from ..tools.commerce.answers import FaqEntry
from ..tools.commerce.hand_overs import HandOver
from .markup import esc

SHOWN = 12
OPENING = both(
    "您好，我可以查订单、回答商品和售后问题；解决不了的会转给人工。",
    "Hello. I can look up orders and answer questions about products and returns; what I cannot settle goes to a colleague.",
)
_FACTS = {"order": "订单 order", "placed": "下单 placed", "pieces": "件数 pieces", "returned": "退货 returned", "items": "商品 items", "paid": "实付 paid", "product": "商品 product"}  # fmt: skip
STYLE = """
.gradio-container, .gradio-container button, .gradio-container input, .gradio-container textarea { font-family: "IBM Plex Sans", "PingFang SC", "Microsoft YaHei UI",
  "Noto Sans SC", "Noto Sans CJK SC", system-ui, "Adwright Sans SC", sans-serif; }
#ds-ask { flex-wrap: nowrap; align-items: stretch; } #ds-send { flex: 0 0 auto; }
.ds-title { font-size: 20px; font-weight: 600; margin: 8px 0 2px; } .ds-sub { color: var(--body-text-color-subdued); margin: 0 0 8px; font-size: 14px; }
#ds-head { align-items: flex-end; justify-content: space-between; } #ds-language { flex: 0 0 auto; min-width: 150px; }
.ds-log { display: flex; flex-direction: column-reverse; gap: 10px; height: 60vh; overflow-y: auto; padding: 16px; border: 1px solid var(--border-color-primary);
  border-radius: 12px; background: var(--background-fill-primary); }
.ds-log p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55; } .ds-log > div { max-width: 82%; padding: 9px 13px; border-radius: 12px; }
.ds-desk { align-self: flex-start; background: var(--background-fill-secondary); border: 1px solid var(--border-color-primary); }
.ds-customer { align-self: flex-end; background: var(--color-accent-soft); }
.ds-row { border: 1px solid var(--border-color-primary); border-radius: 10px; padding: 12px 14px; margin-bottom: 10px; background: var(--background-fill-primary); }
.ds-row.ds-done { opacity: 0.6; } .ds-row header { display: flex; gap: 10px; font-size: 13px; color: var(--body-text-color-subdued); }
.ds-row header b { color: var(--body-text-color); } .ds-row q { display: block; margin: 6px 0; quotes: none; white-space: pre-wrap; overflow-wrap: anywhere; }
.ds-row p { margin: 4px 0; font-size: 13px; } .ds-why { font-weight: 600; } .ds-told { font-weight: 600; margin: 6px 0; }
.ds-list { padding-left: 18px; font-size: 14px; } .ds-list li { margin: 3px 0; overflow-wrap: anywhere; }
"""


def greeting(shop: str, team: bool = False) -> str:
    """Return the header of a page."""
    sub = "客服后台，只在本机可见 · the shop's own page, on this machine only" if team else "在线客服 · Customer service"
    return f'<div><p class="ds-title">{esc(shop)}</p><p class="ds-sub">{sub}</p></div>'


def bubbles(turns: Sequence[tuple[str, str]], language: Language) -> str:
    """Return a conversation, the newest at the bottom and in sight; every word is escaped."""
    rows = [("desk", OPENING.pick(language)), *turns]
    drawn = "".join(f'<div class="ds-{who}"><p>{esc(text)}</p></div>' for who, text in reversed(rows))
    return f'<div class="ds-log" role="log" aria-live="polite">{drawn}</div>'


def rows_of(passed: Sequence[HandOver], zone: ZoneInfo) -> str:
    """Return the hand-overs: number, time in the shop's zone, why, the customer's words, the reply, what was looked up."""
    if not passed:
        return '<p class="ds-sub">没有待处理的对话。Nobody is waiting.</p>'
    rows = ""
    for one in passed:
        at = datetime.fromisoformat(one.at).astimezone(zone)
        facts = "；".join(f"{_FACTS.get(name, name)}：{value}" for name, value in one.facts.items())
        state = "已处理 done" if one.done else "待处理 open"
        rows += (
            f'<article class="ds-row{" ds-done" if one.done else ""}"><header><b>#{one.number}</b><span>{at:%Y-%m-%d %H:%M}</span><span>{state}</span></header>'
            f'<p class="ds-why">{esc(one.why.zh)} · {esc(one.why.en)}</p>'
            + "".join(f"<q>{esc(text)}</q>" for text in one.messages[-3:])
            + f"<p>已回复 replied: {esc(one.reply)}</p>"
            + (f"<p>{esc(facts)}</p>" if facts else "")
            + "</article>"
        )
    return rows


def store_of(entries: Sequence[FaqEntry]) -> str:
    """Return how many answers the store holds and the first of them."""
    if not entries:
        return '<p class="ds-sub">还没有答案：没有把握的问题都会转人工。No answers yet: what is not known goes to a person.</p>'
    asked = "".join(f"<li>{esc((e.ask_zh or e.ask_en)[0])}</li>" for e in entries[:SHOWN] if e.ask_zh or e.ask_en)
    more = f"<li>… {len(entries) - SHOWN}</li>" if len(entries) > SHOWN else ""
    return f'<p class="ds-sub">共 {len(entries)} 条 · {len(entries)} answers</p><ul class="ds-list">{asked}{more}</ul>'
