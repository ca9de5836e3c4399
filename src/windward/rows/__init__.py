"""Rows between stages: types, Parquet in and out, the result table."""

from windward.rows.results import Result, read_results, select, write_results

__all__ = ["Result", "read_results", "select", "write_results"]
