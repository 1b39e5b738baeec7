"""What the money brings and where it should go: forecast, exact budget split over any curves, returns."""

from .allocation import Allocation, AllocationCertificate, allocate
from .inputs import BudgetSplit, LineForecast, LineInput, PlanForecast
from .montecarlo import forecast
from .response_curve import ResponseCurve
from .split import split_budget

__all__ = [
    "Allocation",
    "AllocationCertificate",
    "BudgetSplit",
    "LineForecast",
    "LineInput",
    "PlanForecast",
    "ResponseCurve",
    "allocate",
    "forecast",
    "split_budget",
]
