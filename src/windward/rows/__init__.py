"""Rows between stages: types, Parquet in and out, the result table."""

from windward.rows.problems import KINDS, Kind, Problem, ProblemError, read_problems, write_problems
from windward.rows.results import Result, read_results, select, write_results
from windward.rows.training import PAIR_SCHEMA, SFT_SCHEMA, PairRow, SftRow, write_pairs, write_sft

__all__ = [
    "KINDS",
    "PAIR_SCHEMA",
    "SFT_SCHEMA",
    "Kind",
    "PairRow",
    "Problem",
    "ProblemError",
    "Result",
    "SftRow",
    "read_problems",
    "read_results",
    "select",
    "write_pairs",
    "write_problems",
    "write_results",
    "write_sft",
]
