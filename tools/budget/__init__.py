"""What the money brings and where it should go: forecast, exact budget split, returns."""

from .inputs import BudgetSplit, LineForecast, LineInput, PlanForecast
from .montecarlo import forecast
from .split import split_budget

__all__ = ["BudgetSplit", "LineForecast", "LineInput", "PlanForecast", "forecast", "split_budget"]
