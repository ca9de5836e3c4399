"""The main job, `windward quickstart`."""

from windward.recipes.quickstart.config import SIZES, QuickstartConfig, Size
from windward.recipes.quickstart.run import run_quickstart

__all__ = ["SIZES", "QuickstartConfig", "Size", "run_quickstart"]
