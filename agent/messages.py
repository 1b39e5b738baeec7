"""The small messages of a turn: what cannot be taken, what is missing, a thread's title, an edit in words, an answer in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..data.errors import AdwrightError
from ..data.patch import Patch
from ..data.words import Language, both
from ..tools.creative.changes import told_change
from .events import Failed
from .turn import TEXT_LIMIT
from .wording import channel_name, day, listed

if TYPE_CHECKING:
    from .planner.reading import Understanding

TITLE_LENGTH = 28
FIELDS = {
    "tone": both("语气", "Tone"),
    "language": both("广告语言", "Language of the ads"),
    "goal": both("目标", "Goal"),
    "target_roas": both("目标 ROAS", "Target ROAS"),
    "order_value": both("客单价", "Order value"),
    "margin": both("毛利率", "Margin"),
    "variants": both("文案条数", "Copy variants"),
    "occasion": both("节点", "Occasion"),
    "sizes": both("图片尺寸", "Picture sizes"),
    "video_seconds": both("视频秒数", "Seconds of video"),
}


def readable(text: str) -> str:
    """Return a message with what is no character (halves of pairs, bytes of another encoding) replaced, so that it can be stored."""
    return text.encode("utf-8", "replace").decode("utf-8")


def unfit(text: str) -> AdwrightError | None:
    """Return why a message cannot be taken, or None."""
    if not text.strip():
        return AdwrightError(
            both("消息是空的。", "The message is empty."),
            both(
                "请说出商品、预算、时间和渠道，例如「给跑鞋做一个5万元的计划」。",
                'Name the product, budget, dates and channels, such as "plan 50k for running shoes".',
            ),
            code="empty-text",
        )
    if len(text) > TEXT_LIMIT:
        return AdwrightError(
            both(
                f"消息太长：{len(text):,} 个字，最多 {TEXT_LIMIT:,} 个。",
                f"The message is too long: {len(text):,} characters, at most {TEXT_LIMIT:,}.",
            ),
            both("请缩短它；表格数据请用 adwright import 导入。", "Shorten it; tables are imported with adwright import."),
            code="text-too-long",
        )
    return None


def incomplete(reading: Understanding) -> AdwrightError:
    """Return what a request for a plan lacks."""
    if reading.behaviour == "refuse":
        reason = reading.notes[0] if reading.notes else both("这件事我做不了。", "I cannot do that.")
        return AdwrightError(reason, code="refused")
    missing = [name for name in ("product", "budget") if not reading.slots.get(name) or name in reading.missing]
    asked = {
        "product": both("没有说要推哪个商品。", "The request names no product."),
        "budget": both("没有说预算，或预算不能用。", "The request names no usable budget."),
    }
    name = missing[0] if missing else "product"
    return AdwrightError(
        asked[name],
        both("例如：「给跑鞋做一个5万元的投放计划」。", 'For example: "plan a 50k campaign for running shoes".'),
        code=f"missing-{name}",
    )


def as_failed(error: AdwrightError) -> Failed:
    """Return an error as the last event of a turn."""
    return Failed(code=error.code, message=error.message, hint=error.hint)


def title_of(text: str) -> str:
    """Return a thread's title: the start of its first message, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"


def pieces(text: str) -> Iterator[str]:
    """Cut an answer into pieces at line and sentence ends, for showing as it comes."""
    start = 0
    for i, letter in enumerate(text):
        if letter in "\n。；;" and i + 1 - start >= 8:
            yield text[start : i + 1]
            start = i + 1
    if start < len(text):
        yield text[start:]


def named(patch: Patch, language: Language) -> str:
    """Return a structured edit as the merchant would say it, for the transcript."""
    zh = language == "zh"
    match patch.action:
        case "set_budget":
            return f"{'预算改为' if zh else 'Set the budget to '}{patch.budget.text(short=True)}"
        case "scale_budget":
            return f"预算乘以 {patch.factor}" if zh else f"Multiply the budget by {patch.factor}"
        case "set_line_budget":
            return (
                f"{patch.line} 的预算改为{patch.budget.text(short=True)}" if zh else f"Set {patch.line} to {patch.budget.text(short=True)}"
            )
        case "scale_channel":
            name = channel_name(patch.channel, language)
            return f"{name}的预算乘以 {patch.factor}" if zh else f"Multiply {name} by {patch.factor}"
        case "set_split":
            shares = listed([f"{channel_name(channel, language)} {share:.0%}" for channel, share in patch.split.items()], language)
            return f"预算比例改为{shares}" if zh else f"Set the split to {shares}"
        case "shift_budget":
            source, target = channel_name(patch.source, language), channel_name(patch.target, language)
            much = patch.money.text(short=True) if patch.money else f"{patch.share or 0:.0%}"
            return f"从{source}移{much}到{target}" if zh else f"Move {much} from {source} to {target}"
        case "set_channels":
            names = listed([channel_name(channel, language) for channel in patch.channels], language)
            return f"渠道改为{names}" if zh else f"Set the channels to {names}"
        case "set_dates":
            start = day(patch.start, language) if patch.start else ""
            if zh:
                return "，".join([*([f"{start}开始"] if start else []), *([f"投 {patch.days} 天"] if patch.days else [])])
            return ", ".join([*([f"Start on {start}"] if start else []), *([f"run {patch.days} days"] if patch.days else [])])
        case "set_product":
            return f"商品改为{patch.product}" if zh else f"Change the product to {patch.product}"
        case "set_audience":
            return f"人群改为{patch.text}" if zh else f"Change the audience to {patch.text}"
        case "set_delivery":
            return f"{patch.line} 按每日数据调整" if zh else f"Adjust {patch.line} to its daily results"
        case "set_look":
            wishes = [told_change(name, value) for name, value in patch if name != "action" and value is not None]
            return listed([words.pick(language) for words in wishes if words is not None], language)
        case "set_copy":
            what = patch.text or patch.tone or ("短一些" if zh else "shorter")
            return f"第 {patch.piece} 条文案改为：{what}" if zh else f"Copy piece {patch.piece}: {what}"
        case "set_field":
            value = (
                patch.value
                if isinstance(patch.value, str | int)
                else listed(patch.value, language)
                if isinstance(patch.value, list)
                else str(patch.value)
            )
            return f"{FIELDS[patch.field].zh}改为{value}" if zh else f"{FIELDS[patch.field].en}: {value}"
