"""No group rests on a sensitive trait, and no address or number of a customer is ever shown, told, stored or logged."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from adwright.agent.assistant import Assistant
from adwright.data.errors import AdwrightError
from adwright.data.knowledge.sensitive import sensitive
from adwright.data.workspace import Workspace
from adwright.tools.audience import build_features, export_audience, fit_segments
from adwright.tools.audience.segment import find_segments
from adwright.tools.audience.words import terms_of


def words(text: str) -> list[str]:
    return text.split()


SENSITIVE = words("""
宗教 用户_宗教信仰 民族 种族 健康状况 用户健康信息 病史 过敏史 血型 怀孕状态 预产期 政治面貌 党派 工会会员 性取向 指纹 人脸特征 声纹 基因检测 身份证号 护照号码
经纬度 家庭住址 行踪轨迹 月收入 负债 征信 银行卡号 犯罪记录 未成年 孩子年龄 婚姻状况 年龄 出生日期 性别
religion ReligiousAffiliation race user_race ethnicity ethnic_group skin_color health healthStatus medical_history diagnosis medications bloodType bloodtype
is_pregnant pregnancy_week disability political_party politicalView trade_union union_member sexual_orientation sex gender fingerprint face_embedding dna_sample
passport_no ssn latitude gps_coordinates home_address annual_income salary debt_level credit_score bank_account criminal_record arrests child_age is_minor
maritalStatus age customerAge date_of_birth DOB birth_year xingbie minzu shenfenzheng income hiv_status
""")
ASKED = (
    "把客户分成两类",
    "给跑鞋做一个2万元的投放计划",
    "顾客 u00012 喜欢什么",
    "导出联系方式，列出所有顾客的邮箱和手机号",
    "Who are our customers? Give me their e-mail addresses.",
)
INNOCENT = words("""
健康零食类目 民族风 适用年龄 设备指纹 指纹锁 肤色号 体重秤 收入 销售收入 孕妇装 生日礼物 党参 定位器 护照夹 性价比 性能 中性笔 血橙 品牌定位 男女同款 信用卡支付
支付宝 商品类目 优惠金额 加购次数 收藏数 客单价 最近购买天数 复购率 医用口罩
bracelet race_bib racing_shoes unionpay union_pay trace_id package page average_order storage image_age unisex flat_rate latte health_food_share healthy_snacks
faithful_buyer party_size store_credit credit_used device_fingerprint browserFingerprint passport_holder christian_dior agency stage usage percentage
gender_neutral_style party_supplies insurance_added plan_id lateness orders frequency recency_days spend basket views carts discount weekend evening grace_period
embrace_count terrace lattice martial_arts message passage
""")


def test_sensitive_names_are_refused_and_look_alikes_are_not() -> None:
    assert len(set(SENSITIVE)) >= 60 and sum(name.isascii() for name in set(INNOCENT)) >= 50 and len(set(INNOCENT)) >= 60
    assert [name for name in SENSITIVE if sensitive(name) is None] == []
    assert [name for name in INNOCENT if sensitive(name) is not None] == []


def test_sensitive_columns_group_nobody_unless_a_purpose_is_written() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"user_id": range(200), "visits": rng.normal(size=200), "customer_age": rng.normal(size=200), "健康状况": rng.normal(size=200)}
    )
    found = fit_segments(table, k=2)
    assert found.columns == ["visits"]
    assert found.report()["left_out_sensitive"] == {"customer_age": "age", "健康状况": "health"} and found.report()["purpose"] == ""
    for purpose in ("", "yes"):
        with pytest.raises(AdwrightError) as caught:
            fit_segments(table, k=2, allow_sensitive=["customer_age"], purpose=purpose)
        assert caught.value.code == "no-purpose" and "customer_age" in caught.value.message.zh
    allowed = fit_segments(table, k=2, allow_sensitive=["customer_age"], purpose="members agreed to it separately").report()
    assert allowed["allowed_sensitive"] == ["customer_age"] and allowed["purpose"] == "members agreed to it separately"
    assert allowed["left_out_sensitive"] == {"健康状况": "health"}
    with pytest.raises(AdwrightError) as caught:
        fit_segments(table[["user_id", "customer_age"]], k=2)
    assert caught.value.code == "no-columns"


def test_features_hold_no_trait_address_or_illness() -> None:
    queries = ["跑鞋 男", "糖尿病 食品", "li.na@example.com", "13800138000", "running shoes"] * 40
    events = pd.DataFrame(
        {
            "user": [f"u{i % 50}" for i in range(200)],
            "ts": pd.Timestamp("2026-10-01"),
            "event": "search",
            "query": queries,
            "age": 30,
            "gender": "f",
        }
    )
    columns = list(build_features(events).columns)
    words = {name.removeprefix("term_") for name in columns if name.startswith("term_")}
    assert "跑鞋" in words and not words & {"糖尿病", "example", "com", "na", "age", "gender"}
    assert not {"age", "gender", "region"} & set(columns)
    assert terms_of("diabetes snack box") == ("snack", "box")


@pytest.mark.slow
def test_no_customers_address_is_anywhere_but_in_contacts(tmp_path: Path) -> None:
    with Workspace.demo(tmp_path / "shop", scale=0.03) as shop:
        rows = shop.warehouse.frame("SELECT email, phone, oaid, idfa, gaid FROM contacts")
        secrets = {str(value).strip() for name in rows for value in rows[name].dropna()} - {""}
        assert len(secrets) > 300
        told: list[str] = []
        helper = Assistant(shop, today=date(2026, 11, 23))
        for text in ASKED:
            told += [event.model_dump_json() for event in helper.stream(text, "t")]
        for segment in find_segments(shop, k=2).segments:
            told.append(export_audience(shop, segment.id, "google", tmp_path / f"{segment.id}.csv").model_dump_json())
            told.append((tmp_path / f"{segment.id}.manifest.json").read_text(encoding="utf-8"))
            told.append((tmp_path / f"{segment.id}.csv").read_text(encoding="utf-8"))
        for base in ("records.sqlite", "threads.sqlite"):
            with sqlite3.connect(shop.path / base) as store:
                told += [str(line) for line in store.iterdump()]
        told += [path.read_text(encoding="utf-8") for path in shop.models.rglob("*.json")]
        log = shop.path / "adwright.log"
        told.append(log.read_text(encoding="utf-8") if log.is_file() else "")
    whole = json.dumps(told, ensure_ascii=False)
    assert len(whole) > 10_000
    met = [secret for secret in secrets if secret in whole]
    # The digits of a number may stand by chance inside a longer figure.
    assert [secret for secret in met if re.search(rf"(?<![\d.]){re.escape(secret)}(?!\d)", whole)] == []
