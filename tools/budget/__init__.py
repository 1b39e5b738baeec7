"""What the money brings and where it should go: forecast, exact budget split, returns."""

from .bandit import Arm, ArmState, Bandit
from .daily_pacing import daily_budget
from .effects import Effect, cuped_effect, mean_effect, ratio_effect
from .experiments import SampleRatio, days_needed, sample_ratio, users_for_means, users_for_rates
from .holdout import HoldoutPlan, HoldoutResult, plan_holdout, read_holdout
from .inputs import Allocation, LineForecast, LineInput, PlanForecast
from .montecarlo import forecast
from .offpolicy import PolicyValue, evaluate_policy
from .pacing import Pacer
from .sequential import SequentialTest, sequential_test
from .split import allocate

__all__ = ["Allocation", "LineForecast", "LineInput", "PlanForecast", "allocate", "forecast"]
__all__ += ["Arm", "ArmState", "Bandit", "Pacer", "daily_budget"]
__all__ += ["Effect", "PolicyValue", "SampleRatio", "SequentialTest", "cuped_effect", "days_needed", "evaluate_policy", "mean_effect"]
__all__ += ["ratio_effect", "sample_ratio", "sequential_test", "users_for_means", "users_for_rates"]
__all__ += ["HoldoutPlan", "HoldoutResult", "plan_holdout", "read_holdout"]
