"""Knowledge: what Adwright knows before it has seen a shop - channels, rates, limits, sizes, money, days, words, rules.

All of it is data (TOML and CSV beside this file) with a source, a date and a status ``verified | unverified``; the code
here only reads it. Every loader is cached and returns the same read-only objects each time. Rates are wide starting
guesses (P10, P50, P90) that a shop's own results replace; nothing here is a published benchmark of any platform.

Not here: which column header of a foreign file means what (`headers.toml`, read by the importer), prompts, prices.
"""

from .categories import CategoryFacts, categories
from .channels import Channel, CopyLimit, Placement, Rate, Size, channel, channel_names, channels
from .days import Festival, Occasion, festivals, occasion_day, occasion_of, occasions
from .factlore import claim_words, everyday_words, fact_kind, fact_labels, measure_word, nature_of, orders, plain_words, sheet_fields
from .files import fold
from .formats import Format, formats, formats_of
from .fx import ExchangeRate, exchange, exchange_rate
from .goods import category_of, goods_named, listed_goods
from .lifecycle import StageBounds, StageRule, stage_bounds, stage_rules
from .offers import Offer, offer_words, offers_in
from .policy import PolicyRule, evidence_names, policy_rules
from .scenes import Scene, scene_named, scenes
from .styles import Style, style_named, styles, styles_in
from .terms import Term, goals, lexicon, tones

__all__ = [
    "CategoryFacts",
    "Channel",
    "CopyLimit",
    "ExchangeRate",
    "Festival",
    "Format",
    "Occasion",
    "Offer",
    "Placement",
    "PolicyRule",
    "Rate",
    "Scene",
    "Size",
    "StageBounds",
    "StageRule",
    "Style",
    "Term",
    "categories",
    "category_of",
    "channel",
    "channel_names",
    "channels",
    "claim_words",
    "everyday_words",
    "evidence_names",
    "exchange",
    "exchange_rate",
    "fact_kind",
    "fact_labels",
    "festivals",
    "fold",
    "formats",
    "formats_of",
    "goals",
    "goods_named",
    "lexicon",
    "listed_goods",
    "measure_word",
    "nature_of",
    "occasion_day",
    "occasion_of",
    "occasions",
    "offer_words",
    "offers_in",
    "orders",
    "plain_words",
    "policy_rules",
    "scene_named",
    "scenes",
    "sheet_fields",
    "stage_bounds",
    "stage_rules",
    "style_named",
    "styles",
    "styles_in",
    "tones",
]
