"""Whom a message names: 女大学生, 男性20到40, men 30-50, new parents; with age and gender where the words say them.

A group word counts when it stands alone between marks or behind a cue (面向, targeting); inside a product name
(男士钱包, toddler socks) it belongs to the product. Gender of 宝妈 or moms is not read: nobody stated it as a filter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .lexicon import pattern, word_list
from .numbers import chinese_value

AGE_ZH = r"(?:(?:年龄)?(?:在)?\d{1,2}\s?岁?\s?(?:-|~|到|至)\s?\d{1,2}\s?岁?(?:之间)?|[二三四五六]十(?:来|多)?岁?(?:到|至)[二三四五六七]十(?:来|多)?岁?|\d{1,2}岁(?:以上|以下|以内|左右|\+)|\d{1,2}\s?\+(?!\d)|[二三四五六]十岁(?:以上|以下)|[56789]0后|[09]5后|00后|10后)"
AGE_EN = r"(?:(?:aged?|ages|between)?\s?\d{2}\s?(?:-|to|and|~)\s?\d{2}(?:[ -]?(?:years?[ -]olds?|year|yrs?|yo|y/o)(?: old)?)?|(?:over|under|above|below)[ -]?(?:the age of )?\d{2}s?|(?:aged )?\d{2}\s?(?:\+|plus|and (?:over|above|up|older))|in their (?:early |mid |late )?(?:20s|30s|40s|50s|60s|twenties|thirties|forties|fifties|sixties))"
DECADES = {
    "20s": 20,
    "30s": 30,
    "40s": 40,
    "50s": 50,
    "60s": 60,
    "twenties": 20,
    "thirties": 30,
    "forties": 40,
    "fifties": 50,
    "sixties": 60,
}
ADJ_EN = r"(?:teen|teenage|active|frequent|light|heavy|weekly|hardcore|die-hard|b2b|b2c|one-time|one time|dormant|inactive|churned|repeat|wholesale|trade|curvy|plus-size|petite|tall|cost-conscious|weekly|daily|new-ish|long-distance|freelance|rural|divorced|deaf|muslim|christian|jewish|latino|black|senior|junior|grown-up|aspiring|keen|avid|hobby|indie|independent|young|younger|older|old|new|first-time|first time|expecting|pregnant|busy|stay-at-home|working|urban|city|suburban|college|university|high school|grad|office|remote|home|health-conscious|eco-conscious|budget|budget-conscious|affluent|wealthy|high-income|low-income|middle-aged|millennial|gen z|gen-z|genz|existing|lapsed|loyal|past|previous|former|returning|vip|single|married|amateur|professional|pro|beginner|casual|serious|outdoor|tech|fitness|gym|yoga|coffee|tea|wine|craft beer|dog|cat|pet|plant|car|truck|motorcycle|bike|home|house|book|music|fashion|beauty|travel|food|game|gaming|pc|mobile|console|sports|football|soccer|basketball|tennis|golf|marathon|trail|weekend|night shift|shift|us|uk|american|british|european|asian|chinese|local|frequent|small business|business|e-commerce|female|male|sneaker|vinyl|anime|comic|skincare|makeup|nature|wildlife|diy|vegan|keto|organic|crossfit|hiking|camping|fishing|ski|surf|skate|bird|horse|reptile|fish|aquarium|luxury|freelance|creative|corporate|blue-collar|elementary|primary school|middle school|toddler)"
CUE_ZH = re.compile(
    r"(?:面向|针对|目标人群|目标用户|目标客户|目标受众|目标客群|人群定位|人群(?!分析|分群|分层|画像|细分|是谁|有哪|怎么)|受众群?|客群|瞄准|定向|主打人群|卖给|投给|吸引|对准|锁定|用户群|触达|打给|推给)(?:嘛|呢|，?就是|,?就是|主要|改成|换成|改为|换为|调整为|是|为|定为|定在|:|选|要|就|定)*"
)
CUE_EN = re.compile(
    r"(?:target(?:ing|ed at|s)?|aim(?:ing|ed)? at|aim for|audience(?: is| are|:| of|=)?|target audience(?: is|:)?|reach(?:ing)?(?: out to)?|appeal(?:ing)? to|geared (?:to|towards)|directed at|speak(?:ing)? to|for an audience of|catering to|focus(?:ed|ing)? on|towards?|audience)\s?:?\s?(?:the |our |mostly |mainly |primarily )?"
)
STOP_ZH = "，。；;！？,、\n()|·"
NEXT_ZH = re.compile(
    r"\s?(?:知道|认识|了解|爱上|看到|居多|偏多|最多|叫回|喊回|召回|拉回|唤|看|来买|都来|群体|人群|为主|为辅|看|用户|用的|用|的|买|穿|卖|推|投|做|写|定制|专用|能|都|这|，|。|；|;|！|,|、|\)|/|\||\n|-|$|\s|和|及|or|\+)"
)


@dataclass(frozen=True)
class Audience:
    """The words for the audience at ``text[start:end]``, with `age` (lo, hi) and `gender` when explicit."""

    start: int
    end: int
    age: tuple[int, int] | None = None
    gender: str | None = None


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    zh = "|".join(map(re.escape, word_list("audience_zh")))
    suffix = "|".join(map(re.escape, (w for w in word_list("audience_suffix_zh") if w != "人")))
    en = pattern(word_list("audience_en")).pattern
    unit = rf"(?:{AGE_ZH}|{zh}|(?:[一二三四]线|新一线|都市|职场|年轻|中年|精致|独居|已婚|未婚|单身|有娃|有孩|有房|有车|高端|小个子|大码|微胖|爱美|注重健康|注重品质|备婚|备孕|备考|待产|时尚|潮流|新婚|再婚|丁克|高知|高学历|高消费|外贸|餐饮|退休|爱车|乡镇|留守|海归|大学|高中|初中|小学|在校|大一|准|新手|外地|本地|(?:喜欢|喜爱|热爱|爱|注重|追求|关注|在意|想要|需要|经常|不爱)[\u4e00-\u9fff]{{1,6}}的|农村|县城|城市|北上广深?|海外|国内|欧美|北美|东南亚)(?:城市|的)?)"
    return {
        "zh": re.compile(
            rf"(?:{unit}|的|、|和|男女)*(?:{zh}|{AGE_ZH}|[\u4e00-\u9fff]{{0,6}}?(?:{suffix})|(?<=[岁后上下])的?[男女](?![\u4e00-\u9fff])|[男女](?=\s?\d)|男女)(?:\s?(?:、|和|及|,|，)?\s?(?:{AGE_ZH}|{zh}))*(?:群体|人群)?"
        ),
        "zh_plain": re.compile(
            rf"(?:{unit})*(?:{zh}|{AGE_ZH}的?(?:[男女][性生人士]?(?![\u4e00-\u9fff])|[\u4e00-\u9fff]{{0,6}}?(?:{suffix})|人)?|[男女]\s?{AGE_ZH}|(?:(?<=[给对向找推挑为让，,。 ])|^)[\u4e00-\u9fff]{{2,5}}患者|那[些种][\u4e00-\u9fff]{{2,12}}的人)(?:\s?(?:、|和|跟|及|与|或)?\s?(?:{unit})*(?:{AGE_ZH}|{zh}))*(?:群体|人群)?"
        ),
        "en": re.compile(
            rf"(?:{AGE_EN}\s)?(?:{ADJ_EN}[ -])*(?:{en})(?:\s(?:and|&|or)\s(?:{ADJ_EN}[ -])*(?:{en}))?(?:,?\s\(?(?:{AGE_EN})\)?)?(?:\s(?:who|in the|in)\s[a-z ]{{3,30}})?|{AGE_EN}(?:\s(?:{en}))?|(?:people|those|anyone|folks)\s(?:recently\s)?(?:with|who (?!buy|bought|purchas)|living|suffering|diagnosed|that|struggling)\s(?:(?!on |for |via |and |in )[a-z']+\s?){{1,6}}(?<!\s)"
        ),
        "female": pattern(word_list("female")),
        "male": pattern(word_list("male")),
    }


def find_audience(text: str, taken: list[bool]) -> Audience | None:
    """The audience a message names, or None.

    Example:
        >>> t = "元旦促销哑铃，男性20到40"
        >>> a = find_audience(t, [False] * len(t)); t[a.start:a.end], a.age, a.gender
        ('男性20到40', (20, 40), 'male')
    """
    return _after_cue(text, taken) or _chinese(text, taken) or _english(text, taken)


def _free(taken: list[bool], start: int, end: int) -> bool:
    return end > start and not any(taken[start:end])


def _make(text: str, start: int, end: int) -> Audience:
    words = text[start:end]
    start += len(words) - len(words.lstrip(" ,，:的是"))
    words = words.lstrip(" ,，:的是").rstrip(" ,，:的.")
    p = _patterns()
    female, male = p["female"].search(words), p["male"].search(words)
    plain = words.replace("女大学生", "女")
    gender = None
    if (female or "女" in plain) and not (
        (male and not (female and male and female.start() <= male.start() < female.end())) or "男" in plain
    ):
        gender = "female"
    elif (male or "男" in plain) and "女" not in plain and not female:
        gender = "male"
    return Audience(start, start + len(words), age_of(words), gender)


def age_of(words: str) -> tuple[int, int] | None:
    """Ages stated in `words`: (lo, hi), an open end is 18 below or 65 above.

    Example:
        >>> age_of("25-35岁女性"), age_of("women in their thirties"), age_of("00后")
        ((25, 35), (30, 39), None)
    """
    m = re.search(r"(\d{2})\s?岁?\s?(?:-|~|到|至|to|and)\s?(\d{2})", words)
    if m and int(m[1]) < int(m[2]):
        return int(m[1]), int(m[2])
    m = re.search(r"([二三四五六]十)(?:来|多)?岁?(?:到|至)([二三四五六七]十)", words)
    if m:
        return int(chinese_value(m[1]) or 0), int(chinese_value(m[2]) or 0)
    m = re.search(
        r"(\d{2}|[二三四五六]十)岁?(?:以上|\+)|(?:over|above)[ -]?(?:the age of )?(\d{2})|(\d{2})\s?(?:\+|plus|and (?:over|above|up|older))",
        words,
    )
    if m:
        low = next(g for g in m.groups() if g)
        return int(low) if low.isdigit() else int(chinese_value(low) or 0), 65 if not low.isdigit() or int(low) < 65 else 99
    m = re.search(r"(\d{2}|[二三四五六]十)岁?(?:以下|以内)|(?:under|below)[ -]?(?:the age of )?(\d{2})", words)
    if m:
        high = next(g for g in m.groups() if g)
        return 18, int(high) if high.isdigit() else int(chinese_value(high) or 0)
    m = re.search(r"in their (early |mid |late )?(\w+)", words)
    if m and m[2] in DECADES:
        low = DECADES[m[2]]
        return {"early ": (low, low + 3), "mid ": (low + 4, low + 6), "late ": (low + 7, low + 9)}.get(m[1] or "", (low, low + 9))
    return None


def _after_cue(text: str, taken: list[bool]) -> Audience | None:
    for cue in CUE_ZH.finditer(text):
        start = cue.end()
        while start < len(text) and text[start] in " :":
            start += 1
        end = start
        while end < len(text) and text[end] not in STOP_ZH and not taken[end] and end - start < 16:
            end += 1
        words = text[start:end]
        cut = re.search(r"(?:推广|投放|卖|做|写|推|投|来|的?(?:方案|文案|广告|计划|语气|风格|预算|渠道))", words)
        whole = text[start:end]
        if (
            3 <= len(whole) <= 15
            and not cut
            and _free(taken, start, end)
            and re.search(rf"(?:{'|'.join(map(re.escape, word_list('audience_zh')))}|人)$", whole)
        ):
            return _make(text, start, end)
        found = _patterns()["zh"].match(text, start)
        if found and _free(taken, *found.span()) and found.end() - start >= 1:
            stop = start + (cut.start() if cut and cut.start() > 0 else len(words))
            end_ = max(found.end(), min(stop, end)) if (stop - found.end()) <= 6 else found.end()
            return _make(text, start, end_)
        if cut and cut.start() >= 2:
            words = words[: cut.start()]
        inside = re.match(rf"[\u4e00-\u9fff\d]{{1,10}}?(?:{'|'.join(map(re.escape, word_list('audience_zh')))})", words)
        if inside and _free(taken, start, start + inside.end()) and not re.search(r"(?:推|卖|投|做)", inside.group()):
            return _make(text, start, start + inside.end())
        if 2 <= len(words) <= 12 and re.search(r"[\u4e00-\u9fff]", words) and re.search(r"(?:人群|用户|受众|客群|卖给)", cue.group()):
            return _make(text, start, start + len(words))
    for cue in re.compile(rf"(?<![a-z])(?:{CUE_EN.pattern})").finditer(text):
        start = cue.end()
        found = _patterns()["en"].match(text, start)
        end = start
        while (
            end < len(text)
            and text[end] not in ",;.()|\n，。；:"
            and not taken[end]
            and not re.match(r" (?:with|on|via|for|using|budget|-|in (?:a|an)|from|over|during|through) ", text[end:])
        ):
            end += 1
        if found and _free(taken, *found.span()):
            return _make(
                text, start, max(found.end(), end if end - found.end() <= 24 and not any(taken[found.end() : end]) else found.end())
            )
        words = text[start:end].strip()
        if (
            re.match(r"target|audience|aim", cue.group())
            and 3 <= len(words) <= 40
            and len(words.split()) <= 5
            and _free(taken, start, end)
            and not re.match(r"(?:roi|roas|return|date|sales|revenue|\d)", words)
            and not re.search(r"roi|roas", words)
        ):
            return _make(text, start, start + len(words))
    return None


def _chinese(text: str, taken: list[bool]) -> Audience | None:
    for found in _patterns()["zh_plain"].finditer(text):
        start, end = found.span()
        if not _free(taken, start, end):
            continue
        head, tail = text[:start], text[end:]
        edge = (
            start == 0
            or taken[start - 1]
            or bool(
                re.search(
                    r"[，。；;！？,、\s|/:()和及与跟·\-]$|(?:给|对|让|帮|为|是|向|打|卖给|针对|适合|专为|送|主打|以|投|找|把|挑|推|专挑|吸引|主要是|都是)$",
                    head,
                )
            )
        )
        strong = not re.fullmatch(r"[男女][性士生人]?|儿童|老人|宝宝", found.group())
        blocked = end < len(text) and not taken[end] and not NEXT_ZH.match(tail)
        if re.match(r"的?(?:老客|复购)", tail) or (
            re.fullmatch(r"新客户?|新用户|会员|老客户?|老顾客|粉丝|家庭|小白|新手|客户|老板|新人", found.group())
            and not re.match(r"[，。；;,\s]|$|叫|喊|召|拉|唤", tail)
        ):
            continue
        if re.fullmatch(r"\d{1,2}\s?(?:-|~|到|至)\s?\d{1,2}|\d{1,2}\s?\+", found.group().strip()):
            continue
        verb = re.match(r"专?门?[挑给找对向推为](?=[\u4e00-\u9fff]{2,5}患者)", found.group())
        start += verb.end() if verb else 0
        if edge and not blocked and not (re.match(r"用|专用|的|穿|款", tail) and not strong):
            whole = re.match(r"(?:群体|人群|用户)", tail)
            return _make(text, start, end + (whole.end() if whole else 0))
    m = re.compile(
        rf"(?:^|(?<=[，。；;,、\s]))([\u4e00-\u9fff]{{1,6}}的(?:{'|'.join(map(re.escape, word_list('audience_zh')))}))(?=[，。；;,、\s]|$)"
    ).search(text)
    if m and _free(taken, *m.span(1)):
        return _make(text, *m.span(1))
    m = re.compile(
        r"(?:^|(?<=[，。；;,、\s]))([\u4e00-\u9fff]{2,8}?(?:人群|爱好者|一族|发烧友|玩家|达人|群体|青年|从业者|上班族|养生党|党|妈妈|家长|车主|业主))(?:看|为主|优先)?(?=[，。；;,、\s]|$)"
    ).search(text)
    if m and _free(taken, *m.span(1)) and not re.search(r"(?:推广|投放|方案|文案|预算|拉新)", m[1]):
        return _make(text, *m.span(1))
    m = re.compile(
        r"(?:^|[，。；;,、\s])((?:[男女][性生士人]?\s?\d{2}\s?(?:-|~|到|至)\s?\d{2}岁?)|\d{2}\s?岁?(?:-|~|到|至)\s?\d{2}\s?岁的?[男女]?[性生士人]?(?:群)?|\d{2}\s?岁?(?:-|~|到|至)\s?\d{2}\s?岁?的?[男女][性生士人]?)(?=[，。；;,、\s]|$)"
    ).search(text)
    if m and _free(taken, *m.span(1)):
        return _make(text, *m.span(1))
    return None


def _english(text: str, taken: list[bool]) -> Audience | None:
    for found in _patterns()["en"].finditer(text):
        start, end = found.span()
        words = found.group()
        if not _free(taken, start, end):
            continue
        head, tail = text[:start].rstrip(), text[end:]
        bare_range = re.fullmatch(
            r"\d{2}\s?(?:-|to|and|~)\s?\d{2}|(?:over|under|above|below)[ -]?\d{2}s?|\d{2}\s?(?:\+|plus)", words.strip()
        )
        left = (
            start == 0
            or not head
            or taken[len(head) - 1]
            or bool(
                re.search(
                    r"[,;:.(|/+&\-，。；]$|(?<![a-z])(?:for|at|to|by|from|with|among|and|win back|back|reactivate|retain|our|re-engage|bring back|get back|retarget|the|mostly|mainly|especially|attract|get|these|those|all|any|of|thinking|it's|is|are|think|want|make|let|aim|reach|say)$",
                    head,
                )
            )
        )
        right = (
            not tail.strip()
            or bool(re.match(r"\s?(?:[,;:.)|/+&\-!?，。；]|\d)", tail))
            or (len(text) > end and (taken[end] or (tail.startswith(" ") and end + 1 < len(taken) and taken[end + 1])))
            or bool(
                re.match(
                    r"\s(?:on|of|for|with|via|in|and|who|from|please|pls|to|only|mainly|mostly|as|using|primarily|especially|first|love|w|with|ideally|over|at|through|about|aged|budget|audience|is|will|would|love)\b",
                    tail,
                )
            )
        )
        weak = re.search(r"(?:customers|buyers|users|clients|shoppers|members)$", words)
        if weak and (len(words.split()) == 1 or re.match(r"(?:new|more|our|online|other)\b", words)):
            continue
        if re.search(r"[a-z]-$", text[:start]):
            # "e-readers" are a thing.
            continue
        if (
            bare_range
            and not re.match(r"\s?(?:year|yrs?|yo\b|y/o|,? (?:men|women|male|female))", tail)
            and not re.search(r"(?:aged?|ages|audience)\s?$", head)
            and not re.fullmatch(r"(?:over|under|above|below)[ -]?\d{2}s", words.strip())
        ):
            continue
        if re.search(r"(?:new|more|get|find|attract|acquire|win)$", head) and re.search(r"^(?:customers|buyers|users)", words):
            continue
        if left and right and not tail.startswith(("'", "-")):
            more = re.match(
                r"\s(?:who|with kids|with children|with dogs|in (?:the )?(?:us|uk|usa|london|new york|germany|france|europe|canada|australia))[a-z ]{0,24}",
                tail,
            )
            return _make(text, start, end + (more.end() if more and _free(taken, end, end + more.end()) else 0))
    return None
