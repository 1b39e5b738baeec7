"""Make the fonts in this folder: Noto Sans CJK SC, cut down to what the shop's pictures need.

    python data/fonts/subset.py /usr/share/fonts/opentype/noto

Needs fonttools (extra `dev`) and Noto Sans CJK 2.004 as installed by the `fonts-noto-cjk` package. Takes a few minutes
and is never run by the product. It writes one OTF per weight (WOFF2 is a third smaller, but Pillow unpacks it anew for
every size, 40 ms against 0.4 ms) and `coverage.json` with the code points in them. Not covered: traditional Chinese,
most of Latin Extended-A, Korean, right-to-left scripts, emoji; text with those is refused, never drawn as boxes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
WEIGHTS = {"Regular": "NotoSansCJK-Regular.ttc", "Bold": "NotoSansCJK-Bold.ttc"}
FACE = "Noto Sans CJK SC"

# Latin, Latin-1, what the face has of Latin Extended-A (no Polish, Czech or Turkish), punctuation, currencies, letter-like signs, arrows, mathematics, boxes and stars.
RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x2027), (0x2030, 0x203B), (0x20A0, 0x20BF), (0x2100, 0x2122), (0x2150, 0x215E),
    (0x2160, 0x216B), (0x2190, 0x2199), (0x2200, 0x222B), (0x2248, 0x2265), (0x2460, 0x2473), (0x25A0, 0x25CF),
    (0x2605, 0x2606), (0x2640, 0x2642), (0x2713, 0x2713), (0x3000, 0x301F), (0x3041, 0x30FF), (0xFF01, 0xFF5E), (0xFFE0, 0xFFE5),
]  # fmt: skip

# Hanzi outside GB2312 that brand, personal and product names use; those the font lacks are skipped.
NAMES = (
    "啫囧菓堃喆昇瑄璟珺犇骉焱翀芃祎赟镕旻昉曌炘烜煊珣瑀琤瑨媞嫄姮婳槿薏蓁芊苒莜菡蘅袆睇嘚噻咁啲嘅喺嘢冇佢唔俾咗哋攞槑烎垚淏湉溦澍粿糍醪鱻龢龘彧愔晞暄暻"
    "栱桉棪椋楒榀橦橹毓汭沄泂洺浛涴滢潆焗煲绬缦翾耄臻艿苡茚荙莙萩葎蒟蔻薅藿蘑蚝蛰蜍螨衹裥褶谧赑跶踮蹚軎辿逄邕郗鄯酚酞钒钛钜铖铠铱锆锑锶镁镓镨阇陟雱霁靓靛鞣韫頔颍飏饧饸饹馃骢鲅鲥鳀鹮麂麓黇"
)


def wanted() -> set[int]:
    """Return the code points to keep."""
    points = {point for first, last in RANGES for point in range(first, last + 1)}
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            points.update(map(ord, bytes([high, low]).decode("gb2312", errors="ignore")))
    return points | set(map(ord, NAMES))


def as_ranges(points: list[int]) -> list[list[int]]:
    """Join sorted code points to inclusive ranges."""
    ranges: list[list[int]] = []
    for point in points:
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return ranges


def make(folder: Path) -> None:
    """Write the two fonts and their coverage; raises FileNotFoundError when the source fonts are absent."""
    from fontTools import subset
    from fontTools.ttLib import TTCollection

    common: set[int] | None = None
    for weight, file in WEIGHTS.items():
        font = next(face for face in TTCollection(folder / file, lazy=True).fonts if face["name"].getDebugName(1).startswith(FACE))
        options = subset.Options(
            layout_features=["kern", "liga", "ccmp", "locl", "mark"],
            hinting=False,
            notdef_outline=True,
            name_IDs=["*"],
            drop_tables=["DSIG", "VORG", "vhea", "vmtx", "BASE"],
        )
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=wanted())
        cutter.subset(font)
        have = set(font.getBestCmap())
        common = have if common is None else common & have
        target = HERE / f"NotoSansCJKsc-{weight}.otf"
        font.save(target)
        sys.stdout.write(f"{target.name}: {len(have)} code points, {target.stat().st_size} bytes\n")
    coverage = {
        "font": FACE,
        "version": "2.004",
        "licence": "OFL-1.1",
        "source": "https://github.com/notofonts/noto-cjk",
        "count": len(common or ()),
        "ranges": as_ranges(sorted(common or ())),
    }
    (HERE / "coverage.json").write_text(json.dumps(coverage) + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
