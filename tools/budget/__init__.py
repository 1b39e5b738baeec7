"""What the money brings and where it should go: forecast, exact budget split over any curves, returns, experiments, pacing.

Public names load when they are used: a plan needs neither experiments nor bandits.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adjusting import Decision, decide
    from .allocation import Allocation, AllocationCertificate, allocate
    from .amounts import Amounts
    from .backtesting import Backtest, backtest
    from .bandit import Arm, ArmState, Bandit
    from .daily_pacing import daily_budget
    from .effects import Effect, cuped_effect, mean_effect, ratio_effect
    from .experiments import SampleRatio, days_needed, sample_ratio, users_for_means, users_for_rates
    from .holdout import HoldoutPlan, HoldoutResult, plan_holdout, read_holdout
    from .inputs import BudgetSplit, LineForecast, LineInput, PlanForecast
    from .learning import DailyCounts, Learned, LinePriors, learn
    from .mix import FittedCurves, fit_curves
    from .montecarlo import forecast
    from .offpolicy import PolicyValue, evaluate_policy
    from .own_weeks import shop_weeks
    from .pacing import Pacer
    from .response_curve import ResponseCurve
    from .sequential import SequentialTest, sequential_test
    from .simulation import Run, simulate
    from .split import split_budget

_HOMES = {
    "adjusting": ("Decision", "decide"),
    "allocation": ("Allocation", "AllocationCertificate", "allocate"),
    "backtesting": ("Backtest", "backtest"),
    "amounts": ("Amounts",),
    "bandit": ("Arm", "ArmState", "Bandit"),
    "daily_pacing": ("daily_budget",),
    "effects": ("Effect", "cuped_effect", "mean_effect", "ratio_effect"),
    "experiments": ("SampleRatio", "days_needed", "sample_ratio", "users_for_means", "users_for_rates"),
    "holdout": ("HoldoutPlan", "HoldoutResult", "plan_holdout", "read_holdout"),
    "inputs": ("BudgetSplit", "LineForecast", "LineInput", "PlanForecast"),
    "mix": ("FittedCurves", "fit_curves"),
    "learning": ("DailyCounts", "Learned", "LinePriors", "learn"),
    "montecarlo": ("forecast",),
    "offpolicy": ("PolicyValue", "evaluate_policy"),
    "pacing": ("Pacer",),
    "response_curve": ("ResponseCurve",),
    "sequential": ("SequentialTest", "sequential_test"),
    "own_weeks": ("shop_weeks",),
    "simulation": ("Run", "simulate"),
    "split": ("split_budget",),
}
__all__ = [
    "Allocation",
    "AllocationCertificate",
    "Amounts",
    "Arm",
    "ArmState",
    "Backtest",
    "Bandit",
    "BudgetSplit",
    "DailyCounts",
    "Decision",
    "Effect",
    "FittedCurves",
    "HoldoutPlan",
    "HoldoutResult",
    "Learned",
    "LineForecast",
    "LineInput",
    "LinePriors",
    "Pacer",
    "PlanForecast",
    "PolicyValue",
    "ResponseCurve",
    "Run",
    "SampleRatio",
    "SequentialTest",
    "allocate",
    "backtest",
    "cuped_effect",
    "daily_budget",
    "days_needed",
    "decide",
    "evaluate_policy",
    "fit_curves",
    "forecast",
    "learn",
    "mean_effect",
    "plan_holdout",
    "ratio_effect",
    "read_holdout",
    "sample_ratio",
    "sequential_test",
    "shop_weeks",
    "simulate",
    "split_budget",
    "users_for_means",
    "users_for_rates",
]


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(name)
