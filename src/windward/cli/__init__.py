"""The `windward` command: one file a group of commands, each of which parses, calls one function and says where."""

from __future__ import annotations

import typer

from windward.cli import (
    best_of_n,
    chat,
    codeact,
    control,
    controllable,
    controllable_rows,
    eurus,
    feedback,
    feedback_rows,
    feedback_study,
    interpret,
    quickstart,
    reasoning,
    reward,
    robtest,
    robtest_rows,
    runs,
    serve,
    toolset,
    toolset_audit,
    toolset_build,
    toolset_export,
    toolset_import,
    toolset_query,
    toolset_replay,
    toolset_rescore,
    toolset_serve,
    toolset_solve,
    toolset_stats,
    tooluse,
    train,
    train_classifier,
    train_critique,
    train_rl,
    trajectories,
    trees,
    unknown,
    unknown_compare,
    unknown_rows,
    unknown_sets,
    winrate,
)
from windward.cli import eval as evals

app = typer.Typer(
    name="windward",
    help="Make alignment data, train on it and measure what changed, with a Python interpreter in the loop.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

for group in (
    best_of_n,
    chat,
    codeact,
    control,
    controllable,
    controllable_rows,
    eurus,
    evals,
    feedback,
    feedback_rows,
    feedback_study,
    interpret,
    quickstart,
    reasoning,
    reward,
    robtest,
    robtest_rows,
    runs,
    serve,
    toolset,
    toolset_audit,
    toolset_build,
    toolset_export,
    toolset_import,
    toolset_query,
    toolset_replay,
    toolset_rescore,
    toolset_serve,
    toolset_solve,
    toolset_stats,
    tooluse,
    train,
    train_classifier,
    train_critique,
    train_rl,
    trajectories,
    trees,
    unknown,
    unknown_compare,
    unknown_rows,
    unknown_sets,
    winrate,
):
    group.register(app)


def main() -> None:
    """Entry point of the console script."""
    app()
