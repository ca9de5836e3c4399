"""Verdicts go by intervals; the page shows what is there and says what is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from windward.recipes.eurus.figures import policy_results
from windward.recipes.eurus.policies import PolicyRun
from windward.reports import ReportError
from windward.reports.eurus import write_eurus_report
from windward.reports.eurus_curves import furthest, signed_chart
from windward.reports.eurus_findings import NOT_SHOWN, OPPOSITE, SHOWS, TOO_FEW, findings, judged
from windward.reports.intervals import Interval
from windward.rows import Result, write_results


def row(metric: str, value: float, stderr: float | None = None, n: int = 100, **condition: object) -> Result:
    return Result(
        "eurus", "m@1", "mined pairs", "held-out problems", metric, value, n, dict(condition), stderr
    )


def run(objective: str, seed: int, chosen: Sequence[float], rejected: Sequence[float]) -> PolicyRun:
    return PolicyRun(objective, seed, tuple(chosen), tuple(rejected), (0.1, 0.2), (0.3, -0.1), 4, 2, 1.0)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (Interval(0.1, 0.3), SHOWS),
        (Interval(-0.3, -0.1), OPPOSITE),
        (Interval(-0.1, 0.3), NOT_SHOWN),
        (None, NOT_SHOWN),
    ],
)
def test_only_an_interval_that_lies_on_one_side_says_something(span: Interval | None, said: str) -> None:
    assert judged(span) == said


def test_a_smaller_spread_shows_only_where_its_ratio_is_surely_below_one() -> None:
    def verdicts(after: float) -> set[str]:
        rows = [
            row(f"{side}_reward_spread", value, n=20, objective=objective)
            for side in ("chosen", "rejected")
            for objective, value in (("bt", 0.5), ("bt+dr", after))
        ]
        return {one.verdict for one in findings(rows, ["m@1"])}

    assert verdicts(0.1) == {SHOWS}
    assert verdicts(0.45) == {NOT_SHOWN}
    assert verdicts(2.5) == {OPPOSITE}


def test_a_sign_shows_where_all_seeds_have_it_and_is_refuted_where_none_has() -> None:
    ends = {"dpo": (-0.2, -0.3, -0.1), "kto": (-0.2, -0.1, -0.4), "nca_pair": (-0.2, 0.4, 0.3)}
    runs = [
        run(objective, seed, [0.0, end], [0.0, -0.9])
        for objective, of in ends.items()
        for seed, end in enumerate(of)
    ]
    found = findings(policy_results(runs, "m"), [])
    assert [one.verdict for one in found] == [SHOWS, OPPOSITE, NOT_SHOWN]
    assert [one.published for one in found] == ["−1.26", "+0.4", "+0.16"]
    of_one = findings(policy_results([one for one in runs if one.seed == 0], "m"), [])
    assert [one.verdict for one in of_one] == [TOO_FEW] * 3


def test_the_end_of_a_run_is_its_last_pass_over_the_pairs() -> None:
    rows = policy_results([run("dpo", 0, [9, 9, -0.2, -0.4], [9, 9, -1, -2])], "m")
    ends = {
        one.metric: one.value for one in rows if one.condition.get("at") == "end" and "seeds" in one.condition
    }
    assert ends == {"chosen_reward": pytest.approx(-0.3), "rejected_reward": pytest.approx(-1.5)}
    (accuracy,) = [one for one in rows if one.metric == "implicit_accuracy"]
    assert (accuracy.value, accuracy.n) == (0.5, 2)


def test_curves_below_zero_are_drawn_below_the_line_at_zero() -> None:
    rows = [row("chosen_reward", value, side="chosen", step=step) for step, value in ((1, 0.5), (2, -0.8))]
    assert furthest(rows) == 1
    chart = signed_chart(
        rows, x="step", by="side", series={"chosen": "chosen"}, title="t", x_label="step", reach=1.0
    )
    middle = 12 + 150 / 2
    heights = [float(part.split('"')[0]) for part in chart.split('cy="')[1:]]
    assert [height < middle for height in heights[:2]] == [True, False]


def test_the_page_is_made_of_what_is_there_and_says_what_is_missing(tmp_path: Path) -> None:
    write_results(tmp_path / "results.parquet", policy_results([run("dpo", 0, [0, -0.2], [0, -0.9])], "m"))
    shown = write_eurus_report(tmp_path).read_text()
    assert "No heads." in shown
    assert "−1.26" in shown
    assert "0 of 1" in shown
    write_results(tmp_path / "results.parquet", [])
    assert "No runs." in write_eurus_report(tmp_path).read_text()


def test_a_hostile_name_of_a_task_is_only_text(tmp_path: Path) -> None:
    rows = [row("balanced_accuracy", 0.5, objective="bt")]
    rows += [
        row("pair_accuracy", 0.5, objective=name, task="<script>alert(1)</script>")
        for name in ("bt", "bt+dr", "dr")
    ]
    write_results(tmp_path / "results.parquet", rows)
    shown = write_eurus_report(tmp_path).read_text()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="windward eurus study"):
        write_eurus_report(tmp_path)
