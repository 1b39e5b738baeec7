"""Pictures: how many a second with gate and file, a whole set, and what 5,000 random texts do to the layouts.

Every picture of the fuzz is checked again here, from its file: size, label, and that no check of the gate failed.
Refusals are counted apart. `--renders=N` sets the number of random pictures.
"""

from __future__ import annotations

import io
import random
import sys
import time
from collections import Counter
from dataclasses import replace

from PIL import Image

from adwright.data.errors import AdwrightError
from adwright.data.words import Language
from adwright.tools.creative import Design, compose, compose_set
from adwright.tools.creative.art import drawings
from adwright.tools.creative.layouts import LAYOUTS
from adwright.tools.creative.lines import pieces
from adwright.tools.creative.provenance import read_label

SIZES = [
    (1080, 1080), (1080, 1350), (1080, 1440), (1080, 1920), (1200, 628), (1200, 1200), (1280, 720), (800, 800), (750, 1000), (900, 383),
    (970, 250), (970, 90), (728, 90), (300, 250), (336, 280), (300, 600), (160, 600), (300, 1050), (320, 50), (320, 100),
]  # fmt: skip
MIX = [(1080, 1080), (1080, 1920), (1080, 1350), (1200, 628), (970, 250), (300, 250), (160, 600), (728, 90), (320, 50), (800, 800)]
ZH = "清晨江边跑步鞋轻云透气网面缓震中底每天通勤的路上都舒服一杯咖啡家里安静干净不用弯腰孩子喜欢冬天暖和夏凉快新品今年春色选自己"
ZH_PARTS = ["第二双半价", "轻云3", "30 天可换", "（限三天）", "“慢一点”", "——", "！", "，", "。", "？", "8 毫米", "Wi-Fi 6", "¥99 起", "%"]
EN = [
    "running",
    "shoes",
    "for",
    "dawn",
    "miles",
    "quiet",
    "clean",
    "floor",
    "while",
    "you",
    "sleep",
    "warm",
    "winter",
    "light",
    "coat",
    "coffee",
    "at",
    "home",
    "every",
    "morning",
    "new",
    "colours",
    "soft",
    "mesh",
    "upper",
    "wide",
    "fit",
]
CALLS = {
    "zh": ["去看看", "立即购买", "领取优惠", "了解详情", "马上抢"],
    "en": ["Shop now", "See details", "Get yours", "Learn more", "Buy it today"],
}


def design_of(rng: random.Random) -> Design:
    """A random design in one language, with lengths such as ads have, some parts missing."""
    zh = rng.random() < 0.5
    if zh:
        words = [
            rng.choice(ZH_PARTS) if rng.random() < 0.12 else "".join(rng.choices(ZH, k=rng.randint(1, 4))) for _ in range(rng.randint(1, 5))
        ]
        head = "".join(words)[:20].lstrip("，。！？%") or "新品"
        sub = "".join(rng.choices(ZH, k=rng.randint(4, 18)))
    else:
        head = " ".join(rng.choices(EN, k=rng.randint(1, 7)))[:40].strip().capitalize()
        sub = " ".join(rng.choices(EN, k=rng.randint(2, 9))).capitalize()
    facts = (
        ("单只重 218 克（42 码）", "鞋底落差 8 毫米", "透气网面鞋面")
        if zh
        else ("218 g per shoe (EU 42)", "8 mm heel drop", "breathable mesh upper")
    )
    return Design(
        headline=head,
        cta=rng.choice(CALLS["zh" if zh else "en"]),
        subline=sub if rng.random() < 0.8 else "",
        price=rng.choice(["", f"¥{rng.randint(9, 12999):,}" if zh else f"${rng.randint(5, 1999):,}", f"${rng.randint(5, 99)}.90"]),
        brand=rng.choice(["", "云步", "山屿户外"]) if zh else rng.choice(["", "Cloudstep", "North & Pine"]),
        kind=rng.choice(list(drawings())),
        tone=rng.choice([None, "warm", "edgy", "premium", "fresh", "playful", "urgent"]),
        occasion=rng.choice([None, None, "double11", "christmas", "spring_festival", "valentines", "mid_autumn"]),
        language="zh" if zh else "en",
        facts=facts if rng.random() < 0.6 else (),
        offer=rng.choice(["", "", "", "第二双半价" if zh else "2nd pair half price"]),
        market="cn" if zh else "world",
    )


def fuzz(renders: int, seed: int = 1) -> tuple[Counter[str], list[str]]:
    """Compose random designs; returns counts and what went wrong in words."""
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for i in range(renders):
        design, size = design_of(rng), rng.choice(SIZES)
        try:
            banner = compose(design, size, seed=i)
        except AdwrightError as refused:
            counts["refused" if refused.code == "picture-refused" else refused.code] += 1
            counts[f"refused {size[0]}x{size[1]}"] += 1
            continue
        counts["made"] += 1
        counts[f"layout {banner.layout}"] += 1
        for check in banner.gate:
            if not check.passed:
                counts[check.id] += 1
                wrong.append(f"{size}: {check.reason.en}")
        opened = Image.open(io.BytesIO(banner.content))
        if opened.size != size or not read_label(opened):
            counts["file"] += 1
    return counts, wrong


def main() -> None:
    """Print speed, set and fuzz."""
    renders = next((int(a.partition("=")[2]) for a in sys.argv if a.startswith("--renders=")), 5000)
    base: dict[Language, Design] = {
        "zh": Design("清晨的江边，有跑鞋", "去看看", "透气网面鞋面，鞋底落差 8 毫米", "¥459", "云步", "shoe", (141, 169, 191), "sports"),
        "en": Design("Running shoes for dawn miles", "See details", "Breathable mesh upper, 8 mm heel drop", "$59", "Cloudstep", "shoe", (141, 169, 191), "sports", language="en", market="world"),
    }  # fmt: skip
    facts = {
        "zh": ("单只重 218 克（42 码）", "鞋底落差 8 毫米", "透气网面鞋面"),
        "en": ("218 g per shoe (EU 42)", "8 mm heel drop", "breathable mesh upper"),
    }
    base = {language: replace(design, facts=facts[language]) for language, design in base.items()}
    start = time.process_time()
    pieces("清晨的江边很安静")
    cutter = time.process_time() - start
    compose(base["zh"], (1080, 1080))
    start, made = time.process_time(), 0
    for turn in range(4):
        for i, size in enumerate(MIX):
            for language in ("zh", "en"):
                compose(base[language], size, seed=turn * 10 + i)
                made += 1
    spent = time.process_time() - start
    print("| measure | value | bar |")
    print("|---|---|---|")
    print(f"| finished pictures per CPU second, ten sizes, gate and file included ({made}) | {made / spent:.1f} | 20 |")
    print(f"| reading the Chinese word cutter's dictionary, once a process and not counted above | {cutter:.1f} CPU s | |")
    wall, cpu = time.perf_counter(), time.process_time()
    items = compose_set(base, SIZES, ("zh", "en"), 3)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    lost = sum(item.banner is None for item in items)
    print(f"| one request: 20 sizes x 2 languages x 3 looks = {len(items)} files, {lost} refused | {wall:.1f} s, {cpu:.1f} CPU s | 15 s |")
    counts, wrong = fuzz(renders)
    made, refused = counts["made"], counts["refused"]
    for check in ("overflow", "glyphs", "cta", "contrast", "file"):
        print(f"| {check} failures in {made} random pictures | {counts[check]} | 0 |")
    print(f"| refused of {renders} | {refused} ({refused / renders:.1%}) | 3 % |")
    worst = Counter({k[8:]: v for k, v in counts.items() if k.startswith("refused ")}).most_common(4)
    print(
        f"\nRefused most: {', '.join(f'{k} {v}' for k, v in worst) or 'none'}. Layouts used: {sum(k.startswith('layout ') for k in counts)} of {len(LAYOUTS)}."
    )
    for line in wrong[:5]:
        print(f"- {line}")
