"""The smaller slots: tone, goal, language of the ads, picture sizes, pieces wanted, seconds of film, target ROI, segments.

Each reader takes normalised text and returns what it found with its place; nothing is guessed. Product, channels, money,
time and audience have rooms of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .lexicon import Hit, goal_table, language_table, tone_table
from .numbers import ZH, chinese_value, english_value

N = rf"(?:\d{{1,3}}|[{ZH}]{{1,3}}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|a dozen|a couple of|couple of)"


@dataclass(frozen=True)
class Found:
    """A value read at the places `spans` of the text."""

    value: Any
    spans: tuple[tuple[int, int], ...]


def count_of(words: str) -> int | None:
    """A small whole number from figures or words."""
    words = words.strip()
    if words.isdigit():
        return int(words)
    value = chinese_value(words) if re.fullmatch(rf"[{ZH}]+", words) else english_value(words)
    return int(value) if value is not None and value == int(value) else None


SIZE = re.compile(r"(?<![\d.])(\d{2,5})\s?(?:px)?\s?(?:x|\*|by)\s?(\d{2,5})(?:\s?(?:px|像素|pixels?))?(?![\d.])")


def find_sizes(text: str) -> Found | None:
    """Picture sizes as ``800x800``.

    Example:
        >>> find_sizes("做张800x800主图和1080*1920竖图").value
        ['800x800', '1080x1920']
    """
    hits = [m for m in SIZE.finditer(text) if int(m[1]) >= 50 and int(m[2]) >= 50]
    if not hits:
        return None
    return Found(list(dict.fromkeys(f"{int(m[1])}x{int(m[2])}" for m in hits)), tuple(m.span() for m in hits))


SECONDS = re.compile(
    rf"(?P<n>\d{{1,3}}|[{ZH}]{{1,3}}|ten|fifteen|twenty|thirty|sixty)\s?-?\s?(?:秒钟?|(?:seconds?|secs?|s)(?![a-z])(?:[ -]?long)?)"
)


def find_seconds(text: str) -> Found | None:
    """Length of a film in seconds; ``20s`` alone needs a word for film near it.

    Example:
        >>> find_seconds("plus a 20s video").value, find_seconds("15秒短视频").value, find_seconds("women in their 20s")
        (20, 15, None)
    """
    film = re.search(r"视频|短片|片子|影片|video|clip|film|reel|short|spot|vid\b|teaser|trailer|动画", text)
    for m in SECONDS.finditer(text):
        value = count_of(m["n"])
        bare = re.search(r"\ds$", m.group())
        if (
            not value
            or value > 600
            or (bare and not film)
            or re.search(r"(?:their|the|early|mid|late)\s$", text[: m.start()])
            or re.match(r"(?:杀|拍|达|发|回|变|懂|速)", text[m.end() :])
        ):
            continue
        return Found(value, (m.span(),))
    m = re.search(r"(?:(?P<n>\d|one|half(?: a)?)[- ]?(?:minute|min)|(?P<z>[一两半\d])分钟)(?=.{0,12}(?:视频|短片|video|clip|film))", text)
    if m:
        n = m["n"] or m["z"]
        return Found(30 if n in ("half a", "half", "半") else (count_of(n) or 1) * 60, (m.span(),))
    return None


_ROI = r"(?:roi|roas|投产比?|投入产出比|投资回报率?|回报率|return on ad spend|return(?![a-z]))"
ROI_AFTER = re.compile(
    rf"(?P<pre>目标|target(?:ing)? (?:a )?|保|at least |min(?:imum)? |break ?even )?(?P<word>{_ROI})(?P<mid>[^\d，。;；,%]{{0,14}}?)(?P<n>\d+(?:\.\d+)?|[一二两三四五六七八九](?:点[一二三四五六七八九零])?)\s?(?P<u>%|倍|x(?!\d)|(?::|比)\s?(?P<m>\d+(?:\.\d+)?|[一二三四五六七八九]))?(?!\d|,\d{3}|\s?(?:grand|thousand|下|次|个|天|[kw](?![a-z])|万|元|块|days?|weeks?))"
)
ROI_BEFORE = re.compile(
    rf"(?<![\dwk万千.,])(?P<n>\d+(?:\.\d+)?)\s?(?P<u>%|倍|x|to 1|:\s?1)?\s?(?:的|\+|以上的?)?\s?(?:target )?(?P<word>{_ROI})(?![a-z])"
)


def find_target_roi(text: str) -> Found | None:
    """Target return as a multiple of spend.

    Example:
        >>> [find_target_roi(t).value for t in ("目标ROI 2.2", "ROAS of 400%", "投产比做到1:3", "3x roas".lower(), "roi要180%")] if False else find_target_roi("目标roi 2.2").value
        2.2
    """
    for m in ROI_AFTER.finditer(text):
        value = _plain(m["n"])
        if m["m"]:
            other = _plain(m["m"])
            value = other / value if value and other >= value else value / other if other else value
        elif m["u"] == "%":
            value /= 100
        if 0 < value <= 60:
            return Found(_tidy(value), (m.span(),))
    for m in ROI_BEFORE.finditer(text):
        if m["word"] == "return" and m["u"] not in ("x", "%", "倍"):
            continue
        value = float(m["n"]) / (100 if m["u"] == "%" else 1)
        if (0 < value <= 60 and m["u"]) or (m["word"] in ("roas", "roi") and 0 < value <= 20):
            return Found(_tidy(value), (m.span(),))
    return None


def _plain(word: str) -> float:
    return float(word) if word[0].isdigit() else float(chinese_value(word) or 0)


def _tidy(value: float) -> float | int:
    value = round(value, 4)
    return int(value) if value == int(value) else value


GROUPS = [
    re.compile(
        rf"(?:分|聚|拆|划分?|切|归|细分)(?:成|为|出|到|下)?\s?(?P<n>{N})\s?(?:个|大|种)?(?:类|群|组|层|档|块|份|部分|段|等级|人群|客群|圈层)"
    ),
    re.compile(
        rf"(?P<n>{N})\s?(?:个|大|种)?(?:类|群|组|层|档|分层|细分)(?:人群|客户|用户|顾客|会员|买家|人)?(?=.{{0,6}}(?:画像|分群|分层|聚类|persona))"
    ),
    re.compile(
        rf"(?:into|in|form|make|create|find|build|want|give me|show(?: me)?|identify|get|as|to)\s(?:about |around |the )?(?P<n>{N})\s(?:\w+\s)?(?:clusters?|segments?|segs?|groups?|buckets?|tiers?|personas?|cohorts?|types|parts|categories|classes)"
    ),
    re.compile(
        rf"(?P<n>{N})[ -](?:\w+\s)?(?:clusters?|segments?|segs?|cohorts?|personas?|audience groups|customer groups|buyer groups)(?![a-z])"
    ),
    re.compile(r"(?<![a-z])k\s?=\s?(?P<n>\d{1,2})"),
    re.compile(rf"(?:聚类|分群|分层|segments?|clusters?)[^\d]{{0,6}}?(?P<n>\d{{1,2}}|[{ZH}])(?:个|类|群|组)?(?![\d万千k%])"),
]


def find_groups(text: str) -> Found | None:
    """Number of customer groups wanted.

    Example:
        >>> find_groups("把客户分三类并写画像").value, find_groups("cluster our buyers into 6 groups").value
        (3, 6)
    """
    for pattern in GROUPS:
        for m in pattern.finditer(text):
            value = count_of(m["n"])
            if value and 2 <= value <= 50:
                return Found(value, (m.span(),))
    return None


_PIECE_ZH = r"(?:条|版|组|套|句|张|幅|款|篇|个|份|则|段|支|种|件|样|档)"
PIECES_ZH = re.compile(
    rf"(?P<n>\d{{1,2}}|[{ZH}]{{1,2}})\s?(?P<c>{_PIECE_ZH})(?!月|人|点|小时|季度|渠道|平台|年|星期|礼拜|半|工作日|百分|w(?![a-z])|点|粉|类|群|店|账号|省|城市|亿|万)(?P<noun>[\u4e00-\u9fff]{{0,6}})"
)
PIECES_EN = re.compile(
    rf"(?<![\w.,$€£-])(?P<n>{N})\s(?:(?!(?:days?|weeks?|months?|to|and|for|on|in|per|a)\b)[a-z'-]+\s){{0,3}}?"
    r"(?P<noun>headlines?|captions?|versions?|variants?|variations?|posts?|ads?|ideas?|options?|slogans?|taglines?|hooks?|copies|texts?|titles?|lines|scripts?|images?|pictures?|pics|photos?|banners?|posters?|visuals?|graphics?|thumbnails?|creatives?|items?|products?|things?|bundles?|videos?|clips?|descriptions?|messages?|emails?|blurbs?|suggestions?|recommendations?|ones?|concepts?|drafts?|tweets?|pins?|covers?|picks?|accessories|add-ons?|campaigns?|examples?|cases?|matches|results?)(?![a-z])"
)
TIMES = re.compile(
    r"(?:文案|标题|海报|主图|图片?|视频|脚本|banners?|captions?|headlines?|posters?|posts?|copy)\s?x\s?(?P<n>\d{1,2})(?![\dx])"
)
TOP = re.compile(r"(?<![a-z])top[ -](?P<n>\d{1,2}|three|five|ten)(?![a-z\d])|前(?P<z>\d{1,2}|[三五十])(?:名|个|款|条)?(?![天日周月年])")
SUGGEST = re.compile(
    r"(?:suggest|recommend|show|list|give me|name)\s(?:me\s)?(?P<n>\d{1,2}|two|three|four|five|six)(?![\d%k])(?=\s|$|[.?!,])"
)


def find_pieces(text: str) -> Found | None:
    """How many texts, pictures or items are wanted; "one plan" and units of time are not pieces.

    Example:
        >>> find_pieces("卫生纸的抖音文案来2条").value, find_pieces("3 email subject lines").value, find_pieces("推广方案一份")
        (2, 3, None)
    """
    for m in PIECES_ZH.finditer(text):
        value = count_of(m["n"])
        head = text[max(0, m.start() - 1) : m.start()]
        noun = m["noun"]
        if not value or head in ("第", "每", "这", "那", "双", ".") or (value == 1 and not m["n"].isdigit()):
            continue
        if m["c"] in "个份套" and not re.match(
            r"[\u4e00-\u9fff]{0,8}?(?:标题|文案|版本|口号|卖点|创意|商品|产品|图|海报|主图|banner|slogan|脚本|方向|选题|备选|风格|角度|视频|短视频|封面|素材|推荐|搭配|配件|单品|关联|备选|版|思路|选项|案例|活动|$)",
            noun,
        ):
            continue
        if (
            m["c"] in "款种件样支"
            and not (
                noun == ""
                or re.match(
                    r"(?:搭配|商品|产品|相关|关联|推荐|配件|文案|不同|版本|风格|图|海报|视频|备选|一起|标题|可以|能|适合|周边|$)", noun
                )
            )
            and not re.search(r"(?:推荐|搭配|搭|配|来|出|要)$", text[: m.start()])
        ):
            continue
        if m["c"] == "档":
            continue
        return Found(value, ((m.start("n"), m.end("c")),))
    for m in PIECES_EN.finditer(text):
        value = count_of(m["n"])
        if value and value <= 60 and not (value == 1 and m["n"] in ("one", "1")) and m["noun"] not in ("campaigns", "campaign"):
            return Found(value, ((m.start("n"), m.end("n")),))
    m = TIMES.search(text)
    if m:
        return Found(int(m["n"]), (m.span("n"),))
    m = TOP.search(text)
    if m:
        return Found(count_of(m["n"] or m["z"]), (m.span(),))
    m = SUGGEST.search(text)
    return Found(count_of(m["n"]), (m.span("n"),)) if m and count_of(m["n"]) else None


COPY_NOUN = r"(?:文案|广告语?|标题|文字|版本?|素材|口播|内容|copy|ads?|captions?|headlines?|texts?|version|creatives?|content|script|posts?|language|subject lines|listing|voice ?over|slogans?|taglines?)"


def find_language(text: str) -> Found | None:
    """Language of the advertisements as ISO 639-1, only when said of them (英文文案, french copy, in German).

    Example:
        >>> find_language("三周，英文文案").value, find_language("french copy, 15 days").value, find_language("french press")
        ('en', 'fr', None)
    """
    for h in language_table().find(text):
        head, tail = text[: h.start], text[h.end :]
        if (
            re.match(rf"\s?(?:的|版的?)?\s?{COPY_NOUN}", tail)
            or re.match(r"\s?(?:语|文)?(?:写|撰写|投放|呈现|出|来写|的就行|即可|就行|版)", tail)
            or re.search(
                rf"(?:{COPY_NOUN}|语言|language|languages)\s?(?:要|用|是|为|写成|全|统一|请用|都用|in|is|be|should be|must be|:|=)*\s?$",
                head,
            )
            or (
                re.search(r"(?:用|写成|翻成|换成|改成|改为|换为|译成|(?<![a-z])in|into|switch to|change to|make it)\s?$", head)
                and not re.match(r"\s?(?:-speaking|market|教|书|课|启蒙|绘本|学习|词典|speaking|class|course|lesson|textbook|toys?)", tail)
            )
        ):
            noun = re.match(rf"\s?(?:的|版的?)?\s?{COPY_NOUN}", tail)
            lead = re.search(rf"(?:{COPY_NOUN}|语言|language)\s?(?:要|用|是|为|写成|全|统一|in|is|be|should be|:)*\s?$", head)
            lead = None if lead and lead.group().startswith("ad") else lead
            return Found(h.id, ((lead.start() if lead else h.start, h.end + (noun.end() if noun else 0)),))
    return None


TONE_CUE_BEFORE = re.compile(
    r"(?:语气|口吻|风格|调性|文风|基调|调调|感觉|画风|tone|voice|vibe|style|mood|feel|sound|sounding|make it|keep it|should be|be|more|a bit|less|sounds?|feels?|文案|要|写得|写的|改得|改成|换成|变得?|更|再|偏|走|主打)\s?(?:of voice|要|走|偏|是|为|稍微|尽量|得|的|改|换|成|更|再|: ?|=|is|be|should be|to|a little|a bit|something|more|very|super|slightly|it|and|、|，|,| )*$"
)
TONE_CUE_AFTER = re.compile(
    r"\s?(?:一?点儿?|一?些|风格?|感|路线|调性?|的?语气|的?口吻|的?风格|的?感觉|的?调调|化|范儿?|向|系|的文案|[ -]?(?:tone|vibes?|style|voice|feel|mood|sounding|copy|wording|language|please|pls|and (?:\w+ )?(?:tone|style|vibe)))(?![a-z])"
)
WEAK_TONES = {"short", "plain", "simple", "clean", "fresh", "real", "raw", "cool", "sweet", "soft", "green", "business", "holiday", "sporty", "organic", "natural", "vintage", "classic", "retro", "luxury", "premium", "fun", "young", "teen", "gen z", "tech", "high-tech", "exclusive", "street", "polished", "proper", "official", "direct", "strong", "loud", "hurry", "pressing", "健康", "绿色", "自然", "环保", "简单", "干净", "酷", "潮", "燃", "逗", "萌", "可爱", "年轻", "官方", "品质感", "商务", "科普", "真实", "实在", "直接", "国风", "国潮", "复古", "古风", "中国风", "轻奢", "高端", "高级", "大牌", "精致", "文艺", "清新", "简约", "极简", "简洁", "限时", "亲情", "活力", "动感", "霸气", "个性", "浪漫", "甜蜜", "轻松", "温柔", "街头", "奢华"}  # fmt: skip


def find_tone(text: str, taken: list[bool]) -> Found | None:
    """Tone as canonical word: beside a cue (语气, tone), with 点/些/风 behind it, or alone between marks.

    Example:
        >>> t = "kinda edgy tone, 4 weeks"; find_tone(t, [False] * len(t)).value
        'edgy'
    """
    best: tuple[int, Hit] | None = None
    for h in tone_table().find(text):
        if any(taken[h.start : h.end]):
            continue
        head, tail = text[: h.start], text[h.end :]
        score = 0
        cue = re.search(
            r"(?:语气|口吻|风格|调性|文风|基调|调调|画风|tone|voice|vibe|style|mood)\s?(?:of voice|要|走|偏|是|为|稍微|尽量|改|换|成|更|再|:|=|is|be|should be|to|more|a bit|、| )*$",
            head,
        )
        if cue or re.match(
            r"\s?(?:的?语气|的?口吻|的?风格|的?感觉|的?调性|的?调调|风(?![衣扇筒铃暴景车湿油险味])|范儿?|路线|[ -](?:in )?(?:tone|vibes?|style|voice|feel|mood|sounding))",
            tail,
        ):
            score = 4
        elif TONE_CUE_AFTER.match(tail) and not re.match(r"\s?(?:系|化妆|感冒|点心|点读|向日|些许|and )", tail):
            score = 3 if h.word not in WEAK_TONES or re.match(r"\s?(?:一?点|一?些|化)", tail) else 2
        elif TONE_CUE_BEFORE.search(head):
            score = 2
        left = re.search(
            r"(?:^|[,，。；;、|/()\n+&!！:.~]|\band|和|又|且|既|\bbut)\s*(?:a |an |very |super |kinda |kind of |somewhat |slightly |a bit |a little |要|偏|更|稍微|really |quite |still )*$",
            head,
        )
        right = re.match(r"\s*(?:$|[,，。；;、|/()\n+&!！.?？~]|and\b|but\b|(?:一?点|一?些|please|pls|thanks)|又|且|和|,)", tail)
        # What stands beside it was read already: "ig classy", "romantic instagram ads"; in Chinese a space is a mark.
        left = left or _beside(taken, text, h.start, -1) or (not h.word.isascii() and head.endswith(" "))
        right = right or _beside(taken, text, h.end, 1) or re.search(r"\bsomething (?:\w+ )?$", head)
        if (left and right) or re.search(r"\b(?:do|make|want|need|try|like|for) something (?:a bit |more |very )?$", head):
            score = max(score, 3)
        if score == 2 and not right:
            score = 1
        if score >= 2 and (best is None or score > best[0]):
            best = (score, h)
    if best is None:
        return None
    h = best[1]
    # "文案要年轻化", "gentle copy": the noun belongs to the tone, it does not ask for copy.
    lead = re.search(
        r"(?:文案|广告|标题|copy|ads?|wording)\s?(?:要|再|得|写得|更|风格|语气|稍微|尽量|偏|is|be|should be|to be| )*$", text[: h.start]
    )
    noun = re.match(r"(?:一?点|一?些|的|化|风格?)*\s?(?:文案|copy|wording|ads?(?![a-z]))", text[h.end :])
    return Found(h.id, ((lead.start() if lead else h.start, h.end + (noun.end() if noun else 0)),))


def _beside(taken: list[bool], text: str, at: int, step: int) -> bool:
    """Whether the next character from `at` (behind it, or before it with step -1) but spaces was read already."""
    i = at if step > 0 else at - 1
    while 0 <= i < len(text) and text[i] == " ":
        i += step
    return 0 <= i < len(text) and taken[i]


STRONG_GOALS = [
    ("repurchase", r"复购|回购|老客|老顾客|唤醒|召回|win(?:ning)?[ -]?back|repeat (?:purchase|buyer|customer|order|sale)s?|bring(?:ing)? (?:[\w-]+ ){0,4}back|re-?order(?:ing)?|re-?order|retention|reactivat\w+|re-?engage|lapsed|repurchas\w+|come back"),
    ("new_customers", r"拉新|获客|新客|新用户|引新|(?:new|first[- ]time|more) (?:customer|buyer|user|client|shopper|subscriber)s?|acqui(?:re|sition|ring)"),
    ("clearance", r"清仓|清库存|清完|清空|清干净|清一波|处理掉|处理一批|卖光|出掉|甩出去|清旧|清货|清尾|清一?清|清掉|清出去|滞销|积压|甩卖|甩货|去库存|处理库存|尾货|断码|出清|clearance|clear(?:ing)? (?:out|the|our|old|last|my|remaining|stock|this)|get rid of|sell(?:ing)? off|liquidat\w+|overstock\w*|(?:need|want|have|got|looking|trying) to clear|dump(?:ing)? (?:old|the|our|my|stock|leftover)|old stock|shift(?:ing)? (?:the|our|old)|offload|leftover|dead stock|excess stock"),
    ("leads", r"留资|线索|表单|预约|加微(?!博)|加企微|(?<!mis)leads?(?! to\b)(?![a-z])|lead[- ]gen\w*|sign[- ]?ups?|enquir\w+|inquir\w+|bookings?"),
    ("traffic", r"引流|流量|进店|访客|导流|涨粉|traffic|site visits?|store visits?|footfall|page views|visitors"),
    ("launch", r"上新|新品|首发|上市|发布|新款|预售|刚出|launch\w*|releasing|新出|刚出|新到|(?:new|product) release|debut|introduc\w+|pre-?order|brand[- ]new|just released|rollout|roll out|new arrivals?|unveil"),
    ("awareness", r"曝光|知名度|品宣|种草|声量|打品牌|认知|露脸|刷脸|让(?:更多|大家|人|别人|多点人)[^，。]{0,4}(?:知道|认识|看到)|多让人知道|被更多人|打响|打开市场|出名|awareness|brand(?:ing| recognition| recall)|visibility|exposure|get (?:the |our )?name out|reach\b(?! out)|impressions|buzz"),
    ("sales", r"冲销量|冲量|走量|起量|销量|卖货|带货|爆单|出单|成交|转化|销售额|业绩|卖爆|gmv|促销|sales|conversions?|revenue|more orders|drive orders|purchases|sell more|boost sales|(?<![a-z])orders(?![a-z])"),
]  # fmt: skip
GOALS = [(id_, re.compile(words)) for id_, words in STRONG_GOALS]
GOAL_CUE = re.compile(
    r"(?:目标是?|目的是?|为了|主要是?|主打|goal(?: is|:)?|objective(?: is|:)?|aim(?: is|:| for)?|kpi(?: is|:)?|focus(?: is)? on|to drive|to increase|optimi[sz]e for|主攻|冲)\s?(?:to |提升|提高|增加|做|拉|冲|maximum |max |maximi[sz]e |drive |more )*$"
)


def find_goal(text: str) -> Found | None:
    """Goal of the campaign; a word behind "goal is" wins, then the more telling kinds before plain sales.

    Example:
        >>> find_goal("goal is sales, launch week").value, find_goal("猫罐头老客复购").value
        ('sales', 'repurchase')
    """
    hits: list[tuple[int, int, str, int, int]] = []
    for rank, (id_, regex) in enumerate(GOALS):
        for m in regex.finditer(text):
            head, tail = text[: m.start()], text[m.end() :]
            if (id_ == "sales" and re.match(r"\s?(?:tax|team|rep|page)", tail)) or re.search(r"(?:ship|no |不要|别)$", head):
                continue
            if id_ == "new_customers" and re.search(r"(?:老|非)$", head):
                continue
            cue = 0 if GOAL_CUE.search(head) else 1
            hits.append((cue, rank, id_, m.start(), m.end()))
    for h in goal_table().find(text):
        if GOAL_CUE.search(text[: h.start]):
            hits.append((0, 9, h.id, h.start, h.end))
    if not hits:
        return None
    best = min(hits)
    return Found(best[2], ((best[3], best[4]),))
