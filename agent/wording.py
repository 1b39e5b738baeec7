"""How the agent words things: prompt files in pairs, names of channels and steps, days, lists, short follow-ups.

Longer texts stand in ``prompts/NAME.zh.md`` and ``prompts/NAME.en.md`` (Jinja, same variables in both).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ..data.errors import AdwrightError
from ..data.words import Language, Words, both
from ..tools import TOOLS

PHRASES = {
    "plan": both("给{product}做一个2万元的投放计划", "Plan a 20k campaign for {product}"),
    "segments": both("把客户分成四类", "Cluster our customers into 4 groups"),
    "who": both("这个活动该给谁看，为什么？", "Who should see this campaign, and why?"),
    "who-product": both("{product}该给谁看，为什么？", "Who should see {product}, and why?"),
    "list": both("把第一类人群导出给巨量千川", "Export the first segment for Google"),
    "past": both("查找「{product}」的过往投放", "Find past campaigns for {product}"),
    "cut": both("把{channel}的预算减少20%", "Cut {channel} by 20%"),
    "why": both("为什么这样分配预算？", "Why this budget split?"),
    "undo": both("撤销这次修改", "Undo that change"),
    "apply": both("按这个调", "Apply it"),
    "do-it": both("就这么改", "Do it"),
    "compare": both("和上一版对比", "Compare with the previous version"),
    "export": both("导出这份计划", "Export the plan"),
    "why-roas": both("这个ROAS怎么算的？", "How is the ROAS computed?"),
    "break-even": both("保本ROAS怎么来的？", "Where does the break-even ROAS come from?"),
    "audience": both("人群有多大？", "How big is the audience?"),
    "calendar": both("接下来有哪些节日？", "Which holidays are coming up?"),
    "ctr": both("预测「{product}」的点击率", "Predict the CTR for {product}"),
    "copy": both("给{product}写三条文案", "Write three ads for {product}"),
    "photo": both("这是商品照片", "Here is a photo of the product"),
    "marked": both("用我框出来的商品", "Use the product I marked"),
    "pictures": both("给{product}出一套抖音和小红书的图", "Make a set of pictures of {product} for Instagram"),
    "ink": both("换成水墨风", "Make it warmer"),
    "price": both("价格大一点", "Bigger price"),
    "upright": both("只要竖版", "Vertical only"),
    "film": both("再做一条15秒竖版视频", "Make a 15 s vertical video of it"),
    "of-plan": both(
        "关于当前这份计划，可以问：多久能回本、每天花多少、哪条文案最好、先测哪几条素材、下一步做什么。",
        "Of the plan at hand you can ask: when does it pay back, how much per day, which headline is best, what to test first, what do I do next.",
    ),
    "option-both": both("给{product}做一个投放计划，预算{budget}", "Plan a {budget} campaign for {product}"),
    "option-budget": both("预算{budget}", "Budget {budget}"),
}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def phrase(name: str, language: Language, **variables: Any) -> str:
    """Return a short ready sentence, e.g. a follow-up suggestion."""
    return PHRASES[name].pick(language).format(**variables)


@lru_cache(maxsize=64)
def template(name: str, language: Language) -> Any:
    """Return the compiled prompt file ``NAME.LANGUAGE.md``; a variable that is not given is an error, not an empty string."""
    from jinja2 import Environment, StrictUndefined

    source = files("adwright.prompts").joinpath(f"{name}.{language}.md").read_text(encoding="utf-8")
    return Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False).from_string(source)


def say(name: str, language: Language, **variables: Any) -> str:
    """Fill the prompt file `name`; blank lines are kept to one."""
    text = template(name, language).render(**variables)
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines)


@lru_cache(maxsize=2)
def told_to_models(language: Language) -> dict[str, str]:
    """Return what each tool is for, as a model is told, from ``prompts/tools.LANGUAGE.md``."""
    parts = say("tools", language).split("## ")[1:]
    return {name.strip(): " ".join(text.split()) for name, _, text in (part.partition("\n") for part in parts)}


def heading(tool: str, language: Language) -> str:
    """Return the title of a tool as people see it."""
    return title_of(tool).pick(language)


def title_of(tool: str) -> Words:
    """Return the bilingual title of a tool; its name when it is not of the registry."""
    return TOOLS[tool].title if tool in TOOLS else both(tool, tool)


def channel_name(channel: str, language: Language) -> str:
    """Return the channel's name in `language`; its id when it is not known."""
    from ..data.knowledge import channel as known

    try:
        return known(channel).name.pick(language)
    except AdwrightError:
        return channel


def day(value: date, language: Language) -> str:
    """Return ``12月1日`` or ``1 December``."""
    return f"{value.month}月{value.day}日" if language == "zh" else f"{value.day} {MONTHS[value.month - 1]}"


def listed(parts: list[str], language: Language) -> str:
    """Join with the list comma of the language."""
    return ("，" if language == "zh" else ", ").join(parts)
