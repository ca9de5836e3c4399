"""Does confidence mean anything: calibration, ranking, correlation, with bootstrap intervals. Pure functions of arrays."""

from windward.evals.unknown.metrics.calibration import (
    ReliabilityBin,
    brier,
    brier_of,
    calibration_error_by_level,
    calibration_error_of,
    expected_calibration_error,
    level_calibration_error_of,
    reliability,
)
from windward.evals.unknown.metrics.correlation import (
    Level,
    level_pearson_of,
    level_rates,
    pearson,
    pearson_by_level,
    pearson_by_level_weighted,
    pearson_of,
    spearman,
    spearman_of,
)
from windward.evals.unknown.metrics.intervals import Bootstrap, bootstrap
from windward.evals.unknown.metrics.ranking import (
    RiskCoverage,
    area_under_risk_coverage,
    aurc_of,
    auroc,
    auroc_of,
    optimal_area,
    risk_coverage,
)
from windward.evals.unknown.metrics.tally import Measure, Tally, tally

__all__ = [
    "Bootstrap",
    "Level",
    "Measure",
    "ReliabilityBin",
    "RiskCoverage",
    "Tally",
    "area_under_risk_coverage",
    "aurc_of",
    "auroc",
    "auroc_of",
    "bootstrap",
    "brier",
    "brier_of",
    "calibration_error_by_level",
    "calibration_error_of",
    "expected_calibration_error",
    "level_calibration_error_of",
    "level_pearson_of",
    "level_rates",
    "optimal_area",
    "pearson",
    "pearson_by_level",
    "pearson_by_level_weighted",
    "pearson_of",
    "reliability",
    "risk_coverage",
    "spearman",
    "spearman_of",
    "tally",
]
