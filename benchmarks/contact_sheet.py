"""Contact sheets: twelve layouts in six sizes, in Chinese and in English, written to docs/ to be looked at.

Brands and products are invented; every picture passed the gate.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from adwright.tools.creative import Design, compose
from adwright.tools.creative.colour import named

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIZES = [(1080, 1080), (1080, 1440), (1080, 1920), (1200, 628), (970, 250), (320, 50)]
HIGH, GAP = 250, 10

ZH: list[tuple[str, Design]] = [
    ("hero", Design("夜里的光，也可以温柔", "去看看", "三档色温，软杆可弯", "¥129", "青舍", "lamp", None, "home", "warm")),
    ("split", Design("给自己泡一杯安静", "立即购买", "明前采摘，净含量 100 克", "¥168", "山屿", "tin", None, "food", "professional")),
    ("burst", Design("扫完拖完，你只管出门", "领取优惠", "续航 180 分钟，噪音 58 分贝", "¥1,999", "云洁", "vacuum", None, "electronics", "urgent", offer="立减 300 元")),
    ("minimal", Design("一口咖啡，慢下来", "了解详情", "中深烘，净含量 500 克", "¥89", "山屿", "pouch", None, "food", "minimal")),
    ("arch", Design("把春天穿在身上", "马上选", "前调柑橘，后调雪松", "¥329", "初白", "perfume", None, "beauty", "elegant")),
    ("poster", Design("清晨的江边，有跑鞋", "去看看", "透气网面，鞋底落差 8 毫米", "¥459", "云步", "shoe", named("雾蓝"), "sports", "youthful")),
    ("daylight", Design("敏感肌也能每天涂", "去看看", "净含量 60 克，成膜快", "¥99", "初白", "tube", None, "beauty", "fresh")),
    ("editorial", Design("轻，是冬天的新态度", "查看全系", "420 克，可收进口袋", "¥899", "北松", "jacket", named("藏青"), "apparel", "premium")),
    ("checklist", Design("装得下周一到周日", "去看看", "", "¥269", "云步", "backpack", named("墨绿"), "apparel", "professional", facts=("可放 16 寸电脑", "容量 24 升", "面料防泼水"))),
    ("ticket", Design("给毛孩子换个大碗", "领券下单", "不锈钢内胆，可拆洗", "¥59", "毛球", "bowl", None, "pets", "playful")),
    ("collage", Design("桌上有它，下午不困", "去看看", "350 毫升，可进洗碗机", "¥45", "角石", "cup", None, "home", "youthful")),
    ("festival", Design("这盒心意，替你回家", "选购礼盒", "八种坚果，独立小袋", "¥198", "月见", "giftbox", None, "food", "festive", "spring_festival")),
]  # fmt: skip

EN: list[tuple[str, Design]] = [
    ("hero", Design("A lamp for late pages", "See details", "Three tones of light", "$29", "Qingshe", "lamp", None, "home", "warm")),
    ("split", Design("Tea picked before the rain", "Shop now", "100 g, first harvest", "$24", "Shanyu", "tin", None, "food", "professional")),
    ("burst", Design("Floors done while you are out", "Get the offer", "180 minutes on one charge", "$299", "Yunjie", "vacuum", None, "electronics", "urgent", offer="$40 off")),
    ("minimal", Design("Coffee that takes its time", "See details", "Medium dark roast, 500 g", "$14", "Shanyu", "pouch", None, "food", "minimal")),
    ("arch", Design("Wear a little spring", "Choose yours", "Citrus first, cedar last", "$49", "Chubai", "perfume", None, "beauty", "elegant")),
    ("poster", Design("Running shoes for dawn miles", "See details", "Breathable mesh, 8 mm drop", "$59", "Cloudstep", "shoe", named("mist blue"), "sports", "youthful")),
    ("daylight", Design("Sun care for every morning", "Shop now", "60 g, dries fast", "$15", "Chubai", "tube", None, "beauty", "fresh")),
    ("editorial", Design("Warm without the weight", "See the range", "420 g, packs into its pocket", "$129", "North Pine", "jacket", named("navy"), "apparel", "premium")),
    ("checklist", Design("Room for the whole week", "See details", "", "$39", "Cloudstep", "backpack", named("forest green"), "apparel", "professional", facts=("Fits a 16-inch laptop", "24 litres", "Splash-proof fabric"))),
    ("ticket", Design("A bigger bowl for your best friend", "Get yours", "Steel inside, easy to wash", "$9", "Furball", "bowl", None, "pets", "playful")),
    ("collage", Design("The mug that stays on your desk", "Shop now", "350 ml, dishwasher safe", "$8", "Cornerstone", "cup", None, "home", "youthful")),
    ("festival", Design("Something good to unwrap", "Shop gifts", "Eight kinds of nuts", "$29", "Yuejian", "giftbox", None, "food", "festive", "christmas")),
]  # fmt: skip


def sheet(rows: list[tuple[str, Design]], world: bool) -> Image.Image:
    """One row a layout: square, 3:4, 9:16, 1.91:1, and the two strips above each other."""
    wide = [250, 188, 141, 478, 485]
    canvas = Image.new("RGB", (sum(wide) + GAP * (len(wide) + 1), len(rows) * (HIGH + GAP) + GAP), (236, 236, 232))
    for i, (layout, design) in enumerate(rows):
        if world:
            design = Design(**{**design.__dict__, "language": "en", "market": "world"})
        x, y = GAP, GAP + i * (HIGH + GAP)
        for j, size in enumerate(SIZES):
            picture = compose(design, size, layout, seed=i).image
            if j < 4:
                canvas.paste(picture.resize((wide[j], HIGH), Image.Resampling.LANCZOS), (x, y))
                x += wide[j] + GAP
            elif j == 4:
                canvas.paste(picture.resize((wide[4], 125), Image.Resampling.LANCZOS), (x, y))
            else:
                canvas.paste(picture, (x, y + 125 + GAP * 2))
    return canvas


def main() -> None:
    """Write docs/creative-sheet-zh.jpg and -en.jpg."""
    for language, rows in (("zh", ZH), ("en", EN)):
        path = DOCS / f"creative-sheet-{language}.jpg"
        sheet(rows, language == "en").save(path, quality=82)
        print(f"{path.name}: {path.stat().st_size / 1024:.0f} kB, {len(rows)} layouts x {len(SIZES)} sizes")
