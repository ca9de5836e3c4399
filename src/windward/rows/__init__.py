"""Rows between stages: types, Parquet in and out, the result table."""

from windward.rows.problems import KINDS, Kind, Problem, ProblemError, read_problems, write_problems
from windward.rows.results import Result, read_results, select, write_results
from windward.rows.training import (
    PAIR_SCHEMA,
    SFT_SCHEMA,
    PairRow,
    SftRow,
    read_pairs,
    read_sft,
    write_pairs,
    write_sft,
)
from windward.rows.trajectories import TRAJECTORY_SCHEMA, TrajectoryRow, write_trajectories

__all__ = [
    "KINDS",
    "PAIR_SCHEMA",
    "SFT_SCHEMA",
    "TRAJECTORY_SCHEMA",
    "Kind",
    "PairRow",
    "Problem",
    "ProblemError",
    "Result",
    "SftRow",
    "TrajectoryRow",
    "read_pairs",
    "read_problems",
    "read_results",
    "read_sft",
    "select",
    "write_pairs",
    "write_problems",
    "write_results",
    "write_sft",
    "write_trajectories",
]
