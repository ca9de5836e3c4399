"""BOSS as one journey: train on a set, measure in and out of distribution at many points, fit the curves, compare the methods."""

from windward.recipes.shift.config import ShiftConfig
from windward.recipes.shift.run import run_shift
from windward.recipes.shift.sets import Sets, declared_sets, own_sets

__all__ = ["Sets", "ShiftConfig", "declared_sets", "own_sets", "run_shift"]
