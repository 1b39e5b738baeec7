"""Learning from daily counts, the decision for tomorrow, stop rules and the simulator: laws, limits and bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adwright.data.errors import AdwrightError
from adwright.tools.budget.adjusting import COOLDOWN, MOVE_CAP, decide
from adwright.tools.budget.learning import DailyCounts, LinePriors, learn, typical_half
from adwright.tools.budget.simulation import simulate
from adwright.tools.budget.stop_rules import split_ignored, tracking_lost

N = 3


def priors(n: int = N, worth: float = 60.0) -> LinePriors:
    spend = np.full(n, 100.0)
    return LinePriors(spend, np.full(n, 80.0), np.full(n, 0.4), typical_half(spend), np.full(n, 0.02), np.full(n, 200.0), np.full(n, worth))


def days(rates: list[float], orders: list[float], length: int = 14, spend: float = 100.0) -> DailyCounts:
    """Counts of `length` equal days: clicks per unit of spend and orders per click of each line."""
    paid = np.full((length, len(rates)), spend)
    clicks = paid * np.array(rates)
    return DailyCounts(np.arange(length - 1, -1, -1.0), paid, clicks, clicks * np.array(orders))


def ask(counts: DailyCounts, current: list[float] | None = None, **changes):
    now = np.array(current or [100.0] * N)
    given = dict(spent=counts.spend.sum(0), caps=np.full(N, 1e9), since_move=COOLDOWN) | changes
    return decide(priors(), counts, now, float(now.sum()) * 10, 10, **given)


def test_data_take_over_from_the_forecast_and_doubt_shrinks() -> None:
    before, after = learn(priors(1), days([0.8], [0.02], 0)), learn(priors(1), days([2.0], [0.02], 40))
    at = [learned.top / (1 + learned.half / 100) for learned in (before, after)]
    assert at[0].mean() == pytest.approx(80, rel=0.15)
    assert at[1].mean() == pytest.approx(200, rel=0.05)
    assert at[1].std() / at[1].mean() < 0.5 * at[0].std() / at[0].mean()


def test_days_at_two_budgets_tell_how_soon_a_line_saturates() -> None:
    spend, found = np.tile([[50.0], [400.0]], (15, 1)), []
    for half in (100.0, 3_000.0):
        clicks = 4_000 * spend / (half + spend)
        learned = learn(priors(1), DailyCounts(np.arange(29, -1, -1.0), spend, clicks, clicks * 0.02))
        found.append(float(np.median(learned.half)))
    assert found[0] < 250 and found[1] > 1_000


def test_late_orders_are_not_held_against_a_line() -> None:
    new, old = (learn(priors(1), c._replace(age=c.age + shift)) for c, shift in ((days([0.8], [0.01], 1), 0), (days([0.8], [0.01], 1), 20)))
    assert new.cvr.mean() > old.cvr.mean()


@given(
    rates=st.lists(st.floats(0.1, 3.0), min_size=N, max_size=N),
    orders=st.lists(st.floats(0.0, 0.1), min_size=N, max_size=N),
    current=st.lists(st.floats(20.0, 300.0), min_size=N, max_size=N),
    seed=st.integers(0, 50),
)
@settings(max_examples=25)
def test_money_holds_and_no_line_moves_beyond_the_cap(rates: list[float], orders: list[float], current: list[float], seed: int) -> None:
    made = ask(days(rates, orders), current, seed=seed)
    assert made.budgets.sum() <= sum(current) * (1 + 1e-9)
    running = made.budgets > 0
    assert (made.budgets <= (1 + MOVE_CAP) * made.before * (1 + 1e-9)).all()
    assert (made.budgets >= (1 - MOVE_CAP) * made.before * (1 - 1e-9))[running].all()
    stopped = {stop.line for stop in made.stopped if stop.rule != "cut"}
    assert set(np.flatnonzero(~running).tolist()) == stopped


def test_money_goes_to_the_line_that_earns_more_and_the_gain_is_told() -> None:
    made = ask(days([0.8, 0.8, 0.8], [0.06, 0.02, 0.02]))
    assert made.moved and made.budgets[0] == pytest.approx(130, rel=0.01)
    assert made.gain is not None and made.gain[0] < made.gain[1] < made.gain[2] and made.p_gain is not None and made.p_gain >= 0.8


def test_nothing_moves_within_the_cooldown_or_without_a_sure_gain() -> None:
    counts = days([0.8, 0.8, 0.8], [0.06, 0.02, 0.02])
    assert ask(counts, since_move=COOLDOWN - 1).held == "cooldown"
    alike = ask(days([0.8, 0.8, 0.8], [0.02, 0.02, 0.02], 2))
    assert alike.held == "unsure" and not alike.moved and (alike.budgets == alike.before).all()


def test_a_line_that_the_merchant_fixed_stays() -> None:
    made = ask(days([0.8, 0.8, 0.8], [0.06, 0.02, 0.02]), fixed=np.array([True, False, False]))
    assert made.budgets[0] == pytest.approx(100)


def test_lines_stop_by_rule() -> None:
    made = ask(days([0.8, 0.8, 0.8], [0.0, 0.04, 0.04]))
    assert [(stop.line, stop.rule) for stop in made.stopped] == [(0, "no_orders")] and made.budgets[0] == 0
    poor = ask(days([0.2, 0.8, 0.8], [0.01, 0.04, 0.04], 40))
    assert [(stop.line, stop.rule) for stop in poor.stopped] == [(0, "no_return")]
    capped = ask(days([0.8, 0.8, 0.8], [0.04, 0.04, 0.04]), caps=np.array([1_400.0, 1e9, 1e9]))
    assert [(stop.line, stop.rule) for stop in capped.stopped] == [(0, "cap")]
    early = ask(days([0.8, 0.8, 0.8], [0.0, 0.04, 0.04], 1))
    assert not early.stopped, "a day without orders proves nothing"


def test_nothing_runs_once_the_money_is_gone() -> None:
    counts = days([0.8, 0.8, 0.8], [0.04, 0.04, 0.04])
    for money, left in ((0.0, 5), (100.0, 0)):
        made = decide(priors(), counts, np.full(N, 100.0), money, left, spent=np.zeros(N), caps=np.full(N, 1e9), since_move=9)
        assert made.held == "nothing-left" and not made.budgets.any()


@pytest.mark.parametrize(
    ("clicks", "visits", "lost"),
    [
        ([400, 420, 390], [330, 350, 12], True),
        ([400, 420, 390], [330, 350, 300], False),
        ([400, 420, 40], [330, 350, 0], False),
        ([300], [20], True),
        ([300], [200], False),
        ([], [], False),
    ],
)
def test_lost_tracking_is_seen_on_enough_clicks(clicks: list[float], visits: list[float], lost: bool) -> None:
    assert tracking_lost(np.array(clicks, float), np.array(visits, float)) is lost


def test_a_platform_that_ignores_the_shares_is_seen_and_chance_is_not() -> None:
    shares = np.array([0.9, 0.1])
    assert split_ignored(np.array([5_000.0, 5_000.0]), shares)
    assert not split_ignored(np.array([9_010.0, 990.0]), shares)
    assert not split_ignored(np.array([89_000.0, 11_000.0]), shares), "a point off is not worth a word"
    assert not split_ignored(np.array([50.0, 50.0]), shares)


def test_the_simulator_repeats_itself_keeps_the_cap_and_adjusting_pays() -> None:
    runs = [simulate(days=20, lines=4, creatives=3, seed=seed, policies=("adjust", "equal", "oracle")) for seed in (11, 12)]
    again = simulate(days=20, lines=4, creatives=3, seed=11, policies=("adjust",))
    assert again["adjust"] == runs[0]["adjust"]
    for market in runs:
        assert all(run.over == 0 for run in market.values())
        assert market["adjust"].spent == pytest.approx(market["adjust"].total, rel=0.02)
        assert market["equal"].contribution < market["adjust"].contribution < market["oracle"].contribution


@pytest.mark.parametrize("sizes", [{"days": 3}, {"lines": 1}, {"creatives": 0}, {"seed": -1}, {"lines": 10_000}])
def test_a_simulation_of_impossible_size_is_refused(sizes: dict[str, Any]) -> None:
    with pytest.raises(AdwrightError) as error:
        simulate(**sizes)
    assert error.value.code == "bad-simulation"
