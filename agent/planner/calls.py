"""From what was understood to tool calls: which slot fills which argument.

Only what the merchant said is passed on; a tool makes its own assumptions and marks them. Slot names are those of the
request sets (`duration_days`, `channels`, ...), argument names those of the tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...data import knowledge
from ...data.patch import PATCH
from .look_asks import film_size
from .normalise import read
from .rate_questions import hour_in
from .reading import Understanding

# argument -> slot, for slots handed on as they are.
PLAN = {
    "product": "product",
    "category": "category",
    "daily_budget": "daily_budget",
    "days": "duration_days",
    "start": "start_date",
    "end": "end_date",
    "channels": "channels",
    "split": "split",
    "audience": "audience",
    "audience_age": "audience_age",
    "audience_gender": "audience_gender",
    "tone": "tone",
    "language": "language",
    "goal": "goal",
    "occasion": "occasion",
    "offer": "offer",
    "style": "style",
    "target_roi": "target_roi",
    "sizes": "sizes",
    "variants": "variants",
    "video_seconds": "video_seconds",
}
COPY = {
    "product": "product",
    "variants": "variants",
    "tone": "tone",
    "audience": "audience",
    "occasion": "occasion",
    "language": "language",
    "claims": "claims",
    "offer": "offer",
}
IMAGE = {
    "product": "product",
    "channels": "channels",
    "sizes": "sizes",
    "headline": "headline",
    "offer": "offer",
    "tone": "tone",
    "style": "style",
    "taste": "taste",
    "logo": "logo",
    "scene": "scene",
    "occasion": "occasion",
    "language": "language",
    "languages": "languages",
    "variants": "variants",
}
# Of an edit of pictures; what a change of their look says comes from `look_asks`.
IMAGE_EDIT = {name: name for name in ("tone", "occasion", "variants", "channels", "product")}
VIDEO = {
    "product": "product",
    "seconds": "video_seconds",
    "headline": "headline",
    "language": "language",
    "occasion": "occasion",
    "tone": "tone",
    "offer": "offer",
    "style": "style",
}
RATE = {
    "product": "product",
    "placement": "placement",
    "price": "price",
    "discount": "discount",
    "hour": "hour",
    "weekday": "weekday",
    "headline": "headline",
    "gender": "audience_gender",
}
ROI = {"spend": "spend", "revenue": "revenue", "margin": "margin", "currency": "currency", "period_days": "duration_days"}
SPLIT = {
    "product": "product",
    "channels": "channels",
    "days": "duration_days",
    "target_roi": "target_roi",
    "min_share": "min_share",
    "max_share": "max_share",
}
# Of the message alone: what it does not name is the plan's.
SIZE = {
    **{name: name for name in ("budget_from", "budget_to", "revenue_goal", "orders_goal", "target_roas", "channels")},
    "product": "sized_product",
    "days": "duration_days",
}
RECOMMEND = {"product": "product", "user_id": "user_id", "n": "variants"}
PRICE = {
    "product": "product",
    "cost": "cost",
    "competitor_price": "competitor_price",
    "price": "price",
    "currency": "currency",
    "buyers": "buyers",
}


# The channel of a rate nobody named one for; said in the reading's notes.
ASSUMED = {"zh": "douyin", "en": "instagram"}
# Naming one of these while a plan is in force asks for another plan.
NEW_PLAN = {"product", "budget", "daily_budget"}


def calls_for(
    reading: Understanding, said: str, currency: str, planned: bool = False, pictured: bool = False
) -> list[tuple[str, dict[str, Any]]]:
    """Return the tool calls a reading asks for, in order, as JSON arguments; none when something must be asked first.

    `currency` is the shop's, taken when the merchant named none; `planned` says that a plan is in force, so that an edit changes
    it; `pictured` that there are pictures to change. An edit of a request that never became a plan, or pictures, asks for it with
    the change. A photo that came with the message is looked at first.
    """
    calls: list[tuple[str, dict[str, Any]]] = [("describe_photo", {})] if reading.extra.get("photo_given") else []
    if reading.behaviour not in ("do", "warn"):
        return calls
    for tool in reading.calls:
        name = "make_plan" if tool == "revise_plan" and not planned and reading.act == "edit" else tool
        if name == "revise_images" and not pictured and reading.act == "edit":
            name = "generate_image"
        if name == "make_plan" and planned and reading.act == "request" and not NEW_PLAN & reading.slots.keys():
            # A question about the plan in force, not a new one: making it again would throw its edits away.
            continue
        if ("rate_question" in reading.extra or name == "try_plan") and not planned:
            # Nothing to explain where there is no plan.
            continue
        if name == "export_plan" and not planned and "make_plan" not in reading.calls:
            # Nothing to approve where there is nothing to export.
            continue
        args = arguments_for(name, reading, said, currency)
        if args is not None:
            calls.append((name, args))
    return calls


def arguments_for(tool: str, reading: Understanding, said: str, currency: str) -> dict[str, Any] | None:
    """Return the arguments of one call, or None when the reading lacks what the tool cannot do without."""
    # Stated facts that are no slots (price, cost, claims, order id) fill arguments just as well; what an earlier turn said
    # about the product still holds.
    held = {name: reading.in_force[name] for name in ("product", "offer") if reading.in_force.get(name)}
    if tool == "generate_video":
        # A film goes with the pictures before it.
        held |= {name: reading.in_force[name] for name in ("channels", "style", "language") if reading.in_force.get(name)}
    slots = {**held, **reading.extra, **reading.slots}
    channel = first(slots.get("channels"))
    match tool:
        case "make_plan":
            return make_plan({**reading.in_force, **reading.slots}, currency)
        case "revise_plan":
            return revise_plan(reading)
        case "creative_test" | "rank_creatives":
            return {name: value for name, value in reading.extra.get("plan_ask", {}).items() if name != "topic"}
        case "segment_users":
            # Groups are weighed for the plan's product only where the message asks who should see it.
            own = reading.slots.get("product") or reading.extra.get("for_product")
            return told({"k": slots.get("n_segments"), "product": own})
        case "draft_copy" if "drafts" in reading.extra:
            return dict(reading.extra["drafts"])
        case "draft_copy":
            return needed("product", filled(COPY, slots) | told({"channel": channel}))
        case "generate_image":
            if reading.act == "edit":
                slots = {**reading.in_force, **slots, **reading.extra.get("look", {})}
            return needed("product", filled(IMAGE, slots | pieces_of(slots, reading.language)))
        case "paint_scene":
            # The photo itself is known to the conversation.
            also = {**reading.extra.get("look", {}), "photo": None, "of_plan": reading.extra.get("of_plan")}
            return told({name: slots.get(name) for name in ("scene", "product", "channels")} | also)
        case "white_picture":
            return told({"channels": reading.slots.get("channels")})
        case "revise_images":
            return revise_images(reading)
        case "generate_video":
            return needed(
                "product",
                filled(VIDEO, slots) | told({"channel": channel, "size": first(slots.get("sizes")) or film_size(read(said).plain)}),
            )
        case "predict_ctr" | "predict_cvr":
            if "rate_question" in reading.extra:
                return dict(reading.extra["rate_question"])
            age = slots.get("audience_age")
            middle = (int(age[0]) + int(age[1])) // 2 if age else None
            where = channel or first(reading.in_force.get("channels")) or ASSUMED[reading.language]
            hour = slots.get("hour", hour_in(read(said).plain))
            return needed("product", filled(RATE, slots) | told({"channel": where, "age": middle, "hour": hour}))
        case "compute_roi" if "returns" in reading.extra:
            return {**reading.extra["returns"], **told({"channel": first(reading.slots.get("channels"))})}
        case "compute_roi":
            return filled(ROI, slots) | told({"channel": channel, "spend": slots.get("spend")})
        case "allocate_budget":
            budget = low_high(slots.get("budget", reading.in_force.get("budget")))
            return None if budget is None else filled(SPLIT, slots) | {"budget": budget[0], "currency": slots.get("currency") or currency}
        case "size_budget":
            own = reading.extra
            return filled(SIZE, own) | {"currency": own.get("currency") or reading.in_force.get("currency") or currency}
        case "try_plan":
            return {name: value for name, value in reading.extra.get("trying", {}).items() if value} or None
        case "recommend_products":
            return filled(RECOMMEND, slots)
        case "suggest_price":
            return needed("product", filled(PRICE, slots))
        case "search_campaigns":
            asked = reading.extra.get("past", {})
            return {"query": slots.get("query") or said, **asked} | told({"channel": channel, "n": slots.get("variants")})
        case "customer_service":
            return {"message": slots.get("message") or said} | told({"order_id": slots.get("order_id")})
        case "move_budget" | "show_models" | "train_models" | "backtest_forecast":
            return {}
        case "export_audience":
            return needed("platform", told({name: slots.get(name) or None for name in ("segment", "platform", "product")}))
        case "export_plan":
            return told({"formats": slots.get("formats")})
        case _:
            return None


def make_plan(slots: Mapping[str, Any], currency: str) -> dict[str, Any] | None:
    """Return the arguments of a new plan; None without a product or a budget."""
    args = filled(PLAN, slots)
    budget = low_high(slots.get("budget"))
    if budget is not None:
        args |= {"budget": budget[0]} | told({"budget_max": budget[1]})
    if "product" not in args or (budget is None and "daily_budget" not in args):
        return None
    return args | {"currency": slots.get("currency") or currency, "currency_stated": bool(slots.get("currency"))}


def revise_plan(reading: Understanding) -> dict[str, Any] | None:
    """Return the arguments of an edit: its patches, or undo, or a comparison, or what daily results call for."""
    if reading.extra.get("adjust"):
        return {"adjust": reading.extra["adjust"]}
    if reading.undo:
        return {"undo": True}
    if reading.patches:
        return {"patches": [PATCH.dump_python(patch, mode="json") for patch in reading.patches]}
    return {"compare": True} if reading.compare else None


def pieces_of(slots: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What "three posters" asks for: so many looks of one size; of every size only where the message says so."""
    if not slots.get("variants"):
        return {}
    most = min(6, int(slots["variants"]))
    if slots.get("sizes") or slots.get("every_size"):
        return {"variants": most}
    place = knowledge.channel(first(slots.get("channels")) or ("xiaohongshu" if language == "zh" else "instagram"))
    return {"variants": most, "sizes": [f"{s.width}x{s.height}" for s in place.sizes[:1]] or None}


def revise_images(reading: Understanding) -> dict[str, Any] | None:
    """Return the arguments of a change of pictures: undo, or what the message says of their look, sizes, languages and number."""
    if reading.undo:
        return {"undo": True}
    slots, look = reading.slots, dict(reading.extra.get("look", {}))
    # The photo itself is known to the conversation.
    look.pop("photo", None)
    args = filled(IMAGE_EDIT, {name: value for name, value in slots.items() if name != "product" or slots.get("action") == "replace"})
    if look.get("style"):
        args.pop("tone", None)
    args |= filled({name: name for name in ("offer", "style", "languages", "logo")}, reading.extra)
    sizes = "add_sizes" if slots.get("action") == "add" else "sizes"
    args |= told(
        {sizes: slots.get("sizes"), "languages": args.get("languages") or ([slots["language"]] if slots.get("language") else None)}
    )
    return (args | look) or ({} if "look" in reading.extra else None)


def filled(names: Mapping[str, str], slots: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments whose slots were stated, as plain JSON values."""
    return told({argument: slots.get(slot) for argument, slot in names.items()})


def told(args: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what was not said; make values plain JSON."""
    return {name: plain(value) for name, value in args.items() if value is not None and value != [] and value != {}}


def needed(name: str, args: dict[str, Any]) -> dict[str, Any] | None:
    """Return `args` if they hold `name`."""
    return args if name in args else None


def plain(value: Any) -> Any:
    """Return dates and decimals as text, tuples as lists; other values as they are."""
    from datetime import date
    from decimal import Decimal

    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def low_high(budget: Any) -> tuple[str, str | None] | None:
    """Return a budget slot as (amount, upper end of a range or None), as text."""
    if budget is None:
        return None
    if isinstance(budget, list | tuple):
        return str(plain(budget[0])), str(plain(budget[1]))
    return str(plain(budget)), None


def first(values: Any) -> Any:
    """Return the first of a list, or None."""
    return values[0] if isinstance(values, list | tuple) and values else None
