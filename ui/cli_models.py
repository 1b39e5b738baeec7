"""`adwright train` and `adwright models`: the life of the shop's click and conversion models, at the terminal."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..data.errors import AdwrightError
from ..data.words import both
from .terminal import say, show

if TYPE_CHECKING:
    from ..data.result import Progress
    from ..data.words import Language, Words
    from ..data.workspace import Workspace
    from ..tools.response.registry import VersionInfo

SCORES = (("auc", "AUC", ".4f"), ("gauc", "gAUC", ".4f"), ("logloss", "logloss", ".5f"), ("ece", "ECE", ".4f"), ("bias", "bias", ".3f"))

NAMES = {"click": both("点击", "click"), "convert": both("转化", "conversion")}


def seconds(text: str | None) -> float | None:
    """Read a time such as ``90s`` or ``2m``; raises `AdwrightError` (``bad-budget``)."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m)?", text.strip().lower())
    if not found or float(found[1]) <= 0:
        raise AdwrightError(
            both(f"看不懂的时间：{text}。", f"Not a time: {text}."),
            both("写成 90s 或 2m。", "Write 90s or 2m."),
            code="bad-budget",
        )
    return float(found[1]) * (60 if found[2] == "m" else 1)


def train(shop: Workspace, options: argparse.Namespace, language: Language, progress: Progress) -> int:
    """Train, and tell the scores on the newest rows beside those of the version before."""
    from ..tools.response.shop import train as train_shop

    manifest = train_shop(shop, progress=progress, model=options.model, budget=seconds(options.budget), start=options.start)
    if options.json:
        show(json.dumps(manifest, ensure_ascii=False))
        return 0
    zh = language == "zh"
    show(f"{'新版本' if zh else 'new version'} {manifest['version']}: {manifest['rows']:,} {'次曝光' if zh else 'impressions'}")
    scores = manifest["models"][manifest["serves"]]
    for rate, name in (("ctr", NAMES["click"]), ("cvr", NAMES["convert"])):
        if scores.get(rate):
            show(f"  {name.pick(language)}: {told(scores[rate])}")
            show(f"    {'95% 区间' if zh else '95 % intervals'}: {ranges(scores.get(f'{rate}_intervals') or {})}")
    for stage, found in manifest["against"].items():
        if "old" in found:
            show(f"  {'原版本' if zh else 'before'}, {NAMES[stage].pick(language)}: {told(found['old'])}")
    for stage, facts in manifest["facts"].items():
        if facts.get("start"):
            show(f"  {NAMES[stage].pick(language)}: {started(facts['start']).pick(language)}")
    spread = scores.get("ctr_coverage") or {}
    if spread.get("campaigns"):
        n, share = int(spread["campaigns"]), f"{spread['covered']:.0%}"
        show(
            f"  80% 区间罩住了最新曝光里 {n} 个投放中的 {share}（目标 75%–85%）"
            if zh
            else f"  80 % intervals held {share} of {n} campaigns in the newest impressions (aim 75-85 %)"
        )
    # Both models leave out much the same columns: each is said once.
    for note in dict.fromkeys(note[language] for facts in manifest["facts"].values() for note in facts["notes"]):
        show(f"  {note}")
    show(manifest["reason"][language] if manifest.get("reason") else "已启用。" if zh else "It is in force.")
    return 0


def models(shop: Workspace, options: argparse.Namespace, language: Language) -> int:
    """List, compare, promote, roll back, or write the light variant; raises `AdwrightError` for versions that there are not."""
    from ..tools.response import registry

    zh = language == "zh"
    if options.what == "promote":
        made = registry.promote(shop, registry.find(shop, _named(options.names, 1)[0]))
        show(f"{'已启用' if zh else 'in force:'} {made.version}")
        return 0
    if options.what == "rollback":
        show(f"{'已换回' if zh else 'back to'} {registry.roll_back(shop).version}")
        return 0
    if options.what == "light":
        return light(shop, options, language)
    found = registry.versions(shop)
    if options.what == "compare":
        wanted = [registry.find(shop, name) for name in _named(options.names, 2)]
        found = [next(v for v in found if v.version == name) for name in wanted]
    scored: dict[str, Any] = {}
    if options.what == "compare":
        from ..tools.response.comparing import compare

        scored = compare(shop, found[0].version, found[1].version)
    if options.json:
        listed = [v.model_dump(mode="json") for v in found]
        show(json.dumps({"versions": listed, "compared": scored} if options.what == "compare" else listed, ensure_ascii=False))
        return 0
    if not found:
        show("还没有模型；用 adwright train 训练。" if zh else "There is no model yet; adwright train makes one.")
    for version in found:
        show(line_of(version, language))
    for kind, scores in scored.items():
        show(compared(kind, scores, language))
    if options.what == "list":
        from ..tools.response.drift import advice

        hint = advice(shop)
        if hint:
            say(hint.pick(language))
    return 0


def light(shop: Workspace, options: argparse.Namespace, language: Language) -> int:
    """Write the light variant of a version, and tell its size and what it loses; raises what `write_light` does."""
    from ..tools.response.lightened import write_light

    made = write_light(
        shop, _named(options.names, 1)[0] if options.names else None, Path(options.out).expanduser() if options.out else None
    )
    if options.json:
        show(json.dumps(made, ensure_ascii=False))
        return 0
    for kind, scores in made["models"].items():
        show(lighter(kind, scores).pick(language))
    say(("已写到 " if language == "zh" else "Written to ") + made["folder"])
    return 0


def lighter(kind: str, scores: dict[str, Any]) -> Words:
    """One line: how much smaller the light variant is, and what it loses on the newest rows."""
    name, small, whole = NAMES[kind], f"{scores['bytes'] / 1000:,.0f} kB", f"{scores['before'] / 1000:,.0f} kB"
    apart = f"{scores['difference']:+.5f} ± {scores['error']:.5f}"
    word = {"better": both("更好", "better"), "worse": both("更差", "worse")}
    verdict = word.get(scores["verdict"], both("没有显著差别", "no significant difference"))
    return both(
        f"{name.zh}：{small}（原来 {whole}）；最新 {scores['rows']:,} 行上 logloss 与原版之差 {apart}，{verdict.zh}",
        f"{name.en}: {small} (whole: {whole}); on the newest {scores['rows']:,} rows logloss minus that of the whole {apart}, {verdict.en}",
    )


def compared(kind: str, scores: dict[str, Any], language: Language) -> str:
    """One line: the first version against the second on the same newest rows."""
    name = NAMES[kind]
    if scores["verdict"] == "unread":
        return both(f"{name.zh}：第二个版本读不了现在的数据", f"{name.en}: the second version cannot read these rows").pick(language)
    word = {"better": both("第一个更好", "the first is better"), "worse": both("第一个更差", "the first is worse")}
    verdict = word.get(scores["verdict"], both("没有显著差别", "no significant difference"))
    apart = f"{scores['difference']:+.5f} ± {scores['error']:.5f}"
    return both(
        f"{name.zh}，同样的最新 {scores['rows']:,} 行：logloss 之差 {apart}，{verdict.zh}",
        f"{name.en}, the same newest {scores['rows']:,} rows: logloss differs by {apart}, {verdict.en}",
    ).pick(language)


def started(told: dict[str, Any]) -> Words:
    """One line: whether the earlier model helped, and what it changes on rows that the fit did not see."""
    by = f"{-told['gain']:+.5f} ± {told['error']:.5f}"
    if not told["used"]:
        return both(
            f"从模型 {told['version']} 起步没有帮助（logloss {by}），所以从头训练",
            f"a start from model {told['version']} did not help (logloss {by}): trained from nothing",
        )
    return both(f"从模型 {told['version']} 起步（logloss {by}）", f"started from model {told['version']} (logloss {by})")


def line_of(version: VersionInfo, language: Language) -> str:
    """One line of the list: version, time, rows, scores, whether it is in force."""
    if version.damaged:
        return f"{version.version}  {'文件已损坏' if language == 'zh' else 'damaged'}"
    mark = "* " if version.promoted else "  "
    return f"{mark}{version.version}  {version.trained_at[:16]}  {version.kind}  {version.rows:,}  {told(version.metrics.get('ctr', {}))}"


def told(scores: dict[str, Any]) -> str:
    """Scores as text, those that are known."""
    return "  ".join(f"{name} {scores[key]:{form}}" for key, name, form in SCORES if key in scores)


def ranges(found: dict[str, Any]) -> str:
    """Intervals of the scores as text."""
    return "  ".join(f"{name} {found[key][0]:{form}}–{found[key][1]:{form}}" for key, name, form in SCORES if key in found)


def _named(given: list[str], count: int) -> list[str]:
    if len(given) != count:
        raise AdwrightError(
            both(f"需要写明 {count} 个版本。", f"Name {count} version{'s' if count > 1 else ''}."),
            both("用 adwright models 看有哪些版本。", "adwright models lists them."),
            code="name-a-version",
        )
    return given
