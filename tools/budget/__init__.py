"""What the money brings and where it should go: forecast, exact budget split, returns."""

from .inputs import Allocation, LineForecast, LineInput, PlanForecast
from .montecarlo import forecast
from .split import allocate

__all__ = ["Allocation", "LineForecast", "LineInput", "PlanForecast", "allocate", "forecast"]
