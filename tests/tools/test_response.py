"""The shop's response: contexts, training in a child process, calibration, fallbacks, and the two tools."""

import numpy as np
import pytest

from adwright.data.errors import AdwrightError
from adwright.tools.response import registry
from adwright.tools.response.calibration import logloss, platt, quality
from adwright.tools.response.encoding import sigmoid
from adwright.tools.response.features import Context, age_band, columns_of
from adwright.tools.response.past import LEAN_CTR, PastRates
from adwright.tools.response.predict import PredictCtr, PredictCvr, predict_ctr, predict_cvr
from adwright.tools.response.response import Prediction, Response, join_cvr
from adwright.tools.response.shop import train


def test_age_bands_cover_every_age_once():
    bands = [age_band(a) for a in range(0, 121)]
    assert None not in bands
    assert len(set(bands)) == 6
    assert age_band(None) is None


def test_columns_keep_what_is_unknown_unknown():
    columns = columns_of([Context(channel="douyin", category="sports", price=300.0, headline="跑鞋立减50元"), Context(channel="weibo")])
    assert columns["category"].tolist() == ["sports", None]
    assert np.isnan(columns["log_price"][1]) and columns["has_offer"][0] == 1.0


def test_platt_removes_bias():
    generator = np.random.default_rng(0)
    logit = generator.normal(-3, 1, 50_000)
    label = (generator.random(50_000) < sigmoid(0.7 * logit + 0.4)).astype(float)
    a, b = platt(logit, label)
    assert abs(a - 0.7) < 0.05
    assert abs(sigmoid(a * logit + b).mean() / label.mean() - 1) < 0.02
    assert logloss(sigmoid(a * logit + b), label) < logloss(sigmoid(logit), label)


def test_platt_does_not_move_for_chance():
    generator = np.random.default_rng(1)
    logit = generator.normal(-3, 1, 5_000)
    label = (generator.random(5_000) < sigmoid(logit)).astype(float)
    assert platt(logit, label) == (1.0, 0.0)
    few = np.zeros(2_000)
    few[:5] = 1
    a, b = platt(np.full(2_000, -4.0), few)
    assert abs(a - 1) < 0.05 and abs(a * -4.0 + b + 4.0) < 0.5


def test_quality_of_a_perfect_order():
    told = quality(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert told["auc"] == 1.0


@pytest.mark.slow
def test_trained_model_serves_calibrated_rates_and_explains_them(shop):
    response = Response.ready(shop)
    assert response.model is not None
    facts = response.model.manifest["models"]
    served = facts[response.model.manifest["serves"]]
    assert served["ctr"]["auc"] > 0.55
    assert 0.5 < served["ctr"]["bias"] < 2
    found = response.predict([Context(channel="douyin", category="sports"), Context(channel="douyin", category="sports", segment_lift=2.0)])
    assert found[0].source == "model"
    assert found[0].cvr < found[1].cvr
    assert 0.001 < found[0].ctr < 0.2
    terms = response.model.terms(Context(channel="douyin", category="sports", hour=21))
    assert set(terms) >= {"hour", "category"}


@pytest.mark.slow
def test_training_twice_gives_the_same_weights(shop):
    first = Response.ready(shop).model
    assert first is not None
    assert train(shop, seed=0)["version"] == first.version
    assert [v.version for v in registry.versions(shop) if v.promoted] == [first.version]


def test_shop_without_impressions_uses_past_campaigns_then_assumptions(empty_shop):
    import pyarrow as pa

    row = {"campaign_id": ["a", "b"], "channel": ["facebook"] * 2, "currency": ["USD"] * 2, "spend": [100.0, 2.0], "impressions": [100_000, 50],
           "clicks": [1_000, 5], "conversions": [50, 5]}  # fmt: skip
    empty_shop.warehouse.replace("campaigns", pa.table(row))
    response = Response.ready(empty_shop)
    past, assumed = response.predict([Context(channel="facebook"), Context(channel="reddit")])
    assert (past.source, assumed.source) == ("past", "assumed")
    assert past.evidence == ["campaign:a", "campaign:b"]
    assert abs(past.ctr - 0.01) < 0.001
    with pytest.raises(AdwrightError) as few:
        train(empty_shop)
    assert few.value.code == "too-few-impressions"


def test_a_lucky_small_campaign_does_not_lead(empty_shop):
    import pyarrow as pa

    row = {"campaign_id": ["big", "lucky"], "channel": ["google"] * 2, "placement": ["search", "display"], "currency": ["USD"] * 2, "spend": [1000.0, 1.0],
           "impressions": [200_000, 20], "clicks": [4_000, 10], "conversions": [100, 5]}  # fmt: skip
    empty_shop.warehouse.replace("campaigns", pa.table(row))
    lucky = PastRates(empty_shop).of("google", "display")
    assert lucky is not None
    assert lucky.ctr < 0.03
    assert lucky.ctr_strength < LEAN_CTR


@pytest.mark.slow
def test_tools_give_interval_drivers_and_what_if(shop):
    ctr = predict_ctr(shop, PredictCtr(channel="抖音", product="跑鞋", headline="轻云跑鞋限时立减50元", reply_language="zh"))
    assert ctr.artifact.data["rows"]
    assert "P10" in ctr.finding.zh
    assert len(ctr.content) <= 500
    cvr = predict_cvr(shop, PredictCvr(channel="douyin", product="跑鞋", reply_language="en"))
    assert "CVR" in cvr.finding.en
    with pytest.raises(AdwrightError):
        predict_ctr(shop, PredictCtr(channel="不存在的渠道"))


def test_damaged_weights_are_refused(shop, tmp_path):
    import shutil

    from adwright.tools.response.response import Model

    Response.ready(shop)
    shutil.copytree(shop.models / "response", tmp_path / "response")
    weights = next((tmp_path / "response").rglob("click/weights-*.safetensors"))
    stored = bytearray(weights.read_bytes())
    stored[-1] ^= 1
    weights.write_bytes(bytes(stored))
    with pytest.raises(AdwrightError) as damaged:
        Model(tmp_path / "response")
    assert damaged.value.code == "damaged-model"


def test_the_conversion_rate_moves_smoothly_from_past_campaigns_to_the_model() -> None:
    def joined(conversions: float, source: str = "past") -> Prediction:
        found = Prediction(ctr=0.01, ctr_strength=400, cvr=0.02, cvr_strength=500, source="past", cvr_source=source)  # type: ignore[arg-type]
        join_cvr(found, 0.05, 200, conversions)
        return found

    steps = [joined(n) for n in np.linspace(0, 20_000, 400)]
    assert steps[0].cvr == pytest.approx(0.02) and steps[0].cvr_strength == pytest.approx(500) and steps[0].cvr_source == "past"
    rates = np.array([s.cvr for s in steps])
    assert (np.diff(rates) > 0).all() and np.diff(rates).max() < 0.001
    assert joined(1e9).cvr == pytest.approx(0.05, abs=1e-6) and joined(1e9).cvr_strength == pytest.approx(200, rel=1e-3)
    assert joined(999).cvr_source == "past" and joined(1_001).cvr_source == "model"
    # A published benchmark gives way sooner than the shop's own totals.
    assert joined(158, "assumed").cvr_share > 0.5 > joined(158).cvr_share
