"""Whole messages: which sum is the budget, the rate, the spend, the cost; which day begins, which ends; shares, sizes, seconds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adwright.agent.planner.score import same
from adwright.agent.planner.understand import understand

TODAY = date(2026, 11, 23)
READ = "budget daily_budget duration_days start_date end_date split target_roi sizes video_seconds cost competitor_price spend revenue"

MESSAGES: list[tuple[str, dict[str, Any]]] = [
    ("砂锅，每天300投俩礼拜，拼多多", {"daily_budget": 300, "budget": 4200, "duration_days": 14}),
    (
        "砂锅推广，日预算五百元，12月5日至12月14日，抖音",
        {"daily_budget": 500, "budget": 5000, "duration_days": 10, "start_date": "2026-12-05", "end_date": "2026-12-14", "currency": "CNY"},
    ),
    ("砂锅 一天200刀 跑10天 tiktok", {"daily_budget": 200, "budget": 2000, "duration_days": 10, "currency": "USD"}),
    ("砂锅每日预算1千，投一个月，小红书", {"daily_budget": 1000, "budget": 30000, "duration_days": 30}),
    ("砂锅，一天烧800，烧半个月，快手", {"daily_budget": 800, "budget": 12000, "duration_days": 15}),
    ("砂锅推广，总预算3万，每天不超过1500，20天，抖音", {"budget": 30000, "daily_budget": 1500, "duration_days": 20}),
    ("砂锅月预算2万，投三个月，抖音", {"budget": 60000, "duration_days": 90}),
    ("砂锅推广 目标roi 3.5 预算2万 抖音", {"target_roi": 3.5, "budget": 20000}),
    ("砂锅 ROI要做到1:4 预算5万 抖音 一个月", {"target_roi": 4, "budget": 50000, "duration_days": 30}),
    ("砂锅 投产比三 预算5万 抖音", {"target_roi": 3, "budget": 50000}),
    ("砂锅 ROI不低于250% 预算8000 快手", {"target_roi": 2.5, "budget": 8000}),
    ("砂锅推广，保本就行roi 1以上，5000块，抖音", {"target_roi": 1, "budget": 5000, "currency": "CNY"}),
    ("砂锅的投放，下周二到下周日，抖音，三千", {"start_date": "2026-12-01", "end_date": "2026-12-06", "duration_days": 6, "budget": 3000}),
    (
        "砂锅，春节前一周开始投，投到除夕，预算6万",
        {"end_date": "2027-02-05", "budget": 60000, "start_date": "2027-01-30", "duration_days": 7},
    ),
    ("砂锅圣诞前两周开始，2w，小红书", {"start_date": "2026-12-11", "budget": 20000}),
    ("砂锅，从双12开始投十天，1万", {"start_date": "2026-12-12", "duration_days": 10, "budget": 10000}),
    ("砂锅，元旦起投15天，8k", {"start_date": "2027-01-01", "duration_days": 15, "budget": 8000}),
    ("砂锅12月上旬投，2万，抖音", {"budget": 20000, "start_date": "2026-12-01"}),
    ("砂锅，十二月整月，3万，抖音", {"start_date": "2026-12-01", "end_date": "2026-12-31", "duration_days": 31, "budget": 30000}),
    ("砂锅，抖音，60%预算给抖音40%给快手，共2万", {"budget": 20000, "split": {"douyin": 0.6, "kuaishou": 0.4}}),
    ("砂锅 抖音小红书7:3 1w5", {"split": {"douyin": 0.7, "xiaohongshu": 0.3}, "budget": 15000}),
    ("砂锅，抖音占三分之二，快手占三分之一，9千", {"budget": 9000, "split": {"douyin": 0.6667, "kuaishou": 0.3333}}),
    ("做砂锅推广 800×800主图和750*1000详情图 预算1w", {"sizes": ["800x800", "750x1000"], "budget": 10000}),
    ("砂锅推广方案，再来个30秒视频，预算1.5万", {"video_seconds": 30, "budget": 15000}),
    ("砂锅方案，预算一万，半分钟短视频", {"video_seconds": 30, "budget": 10000}),
    ("砂锅，预算12,000元，B站，25天", {"budget": 12000, "duration_days": 25, "currency": "CNY"}),
    ("砂锅推广，人民币壹万伍仟元整，抖音，7日", {"budget": 15000, "currency": "CNY", "duration_days": 7}),
    ("clay pots, $40 a day for two weeks, google", {"daily_budget": 40, "budget": 560, "duration_days": 14, "currency": "USD"}),
    (
        "clay pots, £25/day, Dec 1 - Dec 20, facebook",
        {"daily_budget": 25, "budget": 500, "currency": "GBP", "start_date": "2026-12-01", "end_date": "2026-12-20", "duration_days": 20},
    ),
    (
        "clay pots plan: daily budget of 80 euros, 30 days, pinterest",
        {"daily_budget": 80, "budget": 2400, "currency": "EUR", "duration_days": 30},
    ),
    (
        "spend fifty dollars per day on clay pots for 10 days, tiktok",
        {"daily_budget": 50, "budget": 500, "currency": "USD", "duration_days": 10},
    ),
    ("clay pots, 2k a month for three months, google", {"budget": 6000, "duration_days": 90}),
    ("clay pots, $700 a week, six weeks, bing", {"budget": 4200, "currency": "USD", "duration_days": 42}),
    ("clay pots, target ROAS of 3.5, $5k, google", {"target_roi": 3.5, "budget": 5000, "currency": "USD"}),
    ("clay pots, I want at least a 4x return, $5k, google", {"target_roi": 4, "budget": 5000}),
    ("clay pots, roi 250%, 3k, youtube, a month", {"target_roi": 2.5, "budget": 3000, "duration_days": 30}),
    ("clay pots with a 3:1 ROAS, $2,500, meta, 3 weeks", {"target_roi": 3, "budget": 2500, "duration_days": 21}),
    ("clay pots, break even ROAS 1, $900, reddit", {"target_roi": 1, "budget": 900}),
    (
        "clay pots, next tuesday to next sunday, $3,000, tiktok",
        {"start_date": "2026-12-01", "end_date": "2026-12-06", "duration_days": 6, "budget": 3000},
    ),
    (
        "clay pots, two weeks before Christmas until Christmas Day, $2k",
        {"start_date": "2026-12-11", "end_date": "2026-12-25", "duration_days": 15, "budget": 2000},
    ),
    (
        "clay pots, all of January, $4k, instagram",
        {"start_date": "2027-01-01", "end_date": "2027-01-31", "duration_days": 31, "budget": 4000},
    ),
    ("clay pots from 5/12 hmm I mean Dec 5, for ten days, $600", {"start_date": "2026-12-05", "duration_days": 10, "budget": 600}),
    ("clay pots, from Valentine's Day for a week, 1.5k", {"start_date": "2027-02-14", "duration_days": 7, "budget": 1500}),
    ("clay pots, Q1 next year, 90k usd, google", {"duration_days": 90, "budget": 90000, "start_date": "2027-01-01"}),
    ("clay pots, ig 70 / fb 30, $1k", {"split": {"instagram": 0.7, "facebook": 0.3}, "budget": 1000}),
    ("clay pots: two thirds google, one third bing, $900", {"split": {"google": 0.6667, "bing": 0.3333}, "budget": 900}),
    ("clay pots plan, $1k, plus banners 1080x1080 and 1200 by 628", {"sizes": ["1080x1080", "1200x628"], "budget": 1000}),
    ("clay pots, a fifteen second video and a plan, $2k", {"video_seconds": 15, "budget": 2000}),
    ("clay pots, half-minute clip, budget two and a half grand", {"video_seconds": 30, "budget": 2500}),
    ("clay pots; somewhere around $3,000; fb; until Jan 10th", {"budget": 3000, "end_date": "2027-01-10"}),
    (
        "clay pots, max 1,500 bucks, pinterest, kicks off on the 1st, 3 weeks",
        {"budget": 1500, "start_date": "2026-12-01", "duration_days": 21},
    ),
    ("clay pots, no more than £800, etsy & pinterest, 12 days", {"budget": 800, "currency": "GBP", "duration_days": 12}),
    (
        "clay pots, budget: USD 4k-6k, youtube, a month starting Dec 15",
        {"budget": [4000, 6000], "currency": "USD", "duration_days": 30, "start_date": "2026-12-15"},
    ),
    ("clay pots 300-400 quid tiktok 2 wks", {"budget": [300, 400], "currency": "GBP", "duration_days": 14}),
    ("clay pots, five hundred to a thousand dollars, fb", {"budget": [500, 1000], "currency": "USD"}),
    ("砸了2万进去，收了5万，ROI多少", {"spend": 20000, "revenue": 50000}),
    ("广告费3000，成交额1.2万，帮我算投产比", {"spend": 3000, "revenue": 12000}),
    ("上周投流花了六千五，卖了两万三，算算ROI", {"spend": 6500, "revenue": 23000}),
    ("消耗4,500元，GMV 13,500元，ROI是多少", {"spend": 4500, "revenue": 13500}),
    ("投入1w产出3w5 ROI？", {"spend": 10000, "revenue": 35000}),
    ("花了500刀赚回1800刀，回报率多少", {"spend": 500, "revenue": 1800}),
    ("推广支出8800，回款21000，roi算一下", {"spend": 8800, "revenue": 21000}),
    ("我投了2千块，只卖出去1千5，亏了多少ROI", {"spend": 2000, "revenue": 1500}),
    ("营收9万，广告花费2万，算ROI", {"revenue": 90000, "spend": 20000}),
    ("销售额三万六，投放花了一万二，roas多少", {"revenue": 36000, "spend": 12000}),
    ("spent $800, made $2,400. roi?", {"spend": 800, "revenue": 2400}),
    ("we put in 5k and got back 12k, what's our roas", {"spend": 5000, "revenue": 12000}),
    ("ad spend 1,200 eur, revenue 4,800 eur, calculate ROI", {"spend": 1200, "revenue": 4800}),
    ("blew £600 on ads, sales came to £1,500 - ROI please", {"spend": 600, "revenue": 1500}),
    ("revenue was $10k on $2.5k of ad spend; roi?", {"revenue": 10000, "spend": 2500}),
    ("paid 300 bucks for ads and they brought in nine hundred, what's the ROI", {"spend": 300, "revenue": 900}),
    ("ROI if I spend 700 and take 2,100?", {"spend": 700, "revenue": 2100}),
    ("Our campaign cost 4 grand and returned 11 grand. ROAS?", {"spend": 4000, "revenue": 11000}),
    ("we burned through two thousand dollars and only sold 1500 worth, compute roi", {"spend": 2000, "revenue": 1500}),
    ("成本45，竞品卖129，瑜伽垫该卖多少", {"cost": 45, "competitor_price": 129}),
    ("拿货38块，别家卖79，保温杯定什么价", {"cost": 38, "competitor_price": 79}),
    ("瑜伽垫进价30元，市面上大概89元，定价建议", {"cost": 30, "competitor_price": 89}),
    ("台灯成本五十五，同行都卖一百六，定多少合适", {"cost": 55, "competitor_price": 160}),
    ("我这个杯子成本12.5元，对手39.9，帮我定价", {"cost": 12.5, "competitor_price": 39.9}),
    ("出厂价18，天猫上别人卖59，筷子架怎么定价", {"cost": 18, "competitor_price": 59}),
    ("花洒单件成本28，隔壁店卖88，我卖多少好", {"cost": 28, "competitor_price": 88}),
    ("进货价两块五，对面卖九块九，发圈定价", {"cost": 2.5, "competitor_price": 9.9}),
    ("What should I charge for yoga mats? cost $12, competitor $35", {"cost": 12, "competitor_price": 35}),
    ("each lamp costs me 8 euros, others sell it for 25, suggest a price", {"cost": 8, "competitor_price": 25}),
    ("suggest a price for mugs: unit cost £3.20, rivals at £9.99", {"cost": 3.2, "competitor_price": 9.99}),
    ("we make the soap for $2 and our rival charges $7.50 - pricing?", {"cost": 2, "competitor_price": 7.5}),
    ("competitor sells tote bags at 18 dollars, ours cost 5 to make, what price", {"competitor_price": 18, "cost": 5}),
    ("landed cost 22, market price 60, price my backpacks", {"cost": 22, "competitor_price": 60}),
    ("I buy candles at $4 wholesale, the shop next door sells them for $14. how much should I ask?", {"cost": 4, "competitor_price": 14}),
    ("production cost is 6.5 eur, amazon sells similar for 19, price for phone stands?", {"cost": 6.5, "competitor_price": 19}),
    ("做瑜伽垫推广方案，成本30，预算2万，抖音，两周", {"budget": 20000, "duration_days": 14}),
    ("plan for yoga mats that sell for $35 each, budget $2k, tiktok, 2 weeks", {"budget": 2000, "duration_days": 14}),
    ("羊毛毯单价199，预算1万5，抖音", {"budget": 15000}),
    ("plan for $20 candles, budget 1,500 usd, pinterest", {"budget": 1500}),
    ("推一款99元的面膜，预算3万", {"budget": 30000}),
    ("客单价300的羊毛毯，5万预算投小红书", {"budget": 50000}),
]


@pytest.mark.parametrize(("text", "want"), MESSAGES)
def test_facts_of_a_message(text: str, want: dict[str, Any]) -> None:
    slots = understand(text, (), TODAY).slots
    got = {name: slots[name] for name in {*want, *READ.split()} if name in slots}
    assert got.keys() == want.keys()
    assert all(same(name, got[name], want[name]) for name in want), got
