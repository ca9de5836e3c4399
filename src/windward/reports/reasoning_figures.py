"""The figures of a reasoning run as tables and a chart, drawn from the result table alone."""

from __future__ import annotations

from collections.abc import Sequence

from windward.reports.bar_chart import bar_chart
from windward.reports.intervals import Interval
from windward.reports.markup import Html
from windward.reports.parts import disclosure, missing, table
from windward.reports.reasoning_published import PUBLISHED, TESTS, average, published
from windward.reports.wording import figure_range, percent, percent_range
from windward.rows import Result, select

MODES = {
    "cot": "in words",
    "pot": "as a program",
    "code": "code",
    "chat": "chat",
    "turns": "turns with tools",
}
"""How a test is asked, in the order of its colours."""
POLICIES = {"strict": "our rules", "released": "the release's rules"}
COLUMNS = {"cot": "maths in words", "pot": "maths as programs", "better": "of maths the better of both, chosen with the "
           "scores in sight, as the paper reports", "none": "no maths"}  # fmt: skip
_READINGS = {
    "accuracy": "all instructions of a prompt, best of eight readings (the paper's figure)",
    "strict_prompt_accuracy": "all instructions of a prompt, as it stands",
    "loose_instruction_accuracy": "single instructions, best of eight readings",
    "strict_instruction_accuracy": "single instructions, as it stands",
}


def name_of(test: str) -> str:
    """What the page calls a test."""
    return TESTS.get(test, "MATH, answers that are numbers" if test == "math-numeric" else test)


def overall(results: Sequence[Result], policy: str) -> list[Result]:
    """One row a test and mode; the tests of MINT, which has rules of its own, under every policy."""
    rows = select(results, metric="accuracy", split="all")
    return [row for row in rows if row.condition.get("policy", policy) == policy]


def policies_of(results: Sequence[Result]) -> list[str]:
    """The policies of a table, ours first."""
    found = {str(result.condition["policy"]) for result in results if "policy" in result.condition}
    return [policy for policy in POLICIES if policy in found]


def chart(results: Sequence[Result], policy: str) -> Html:
    """Bars of each test in each mode."""
    rows = [
        Result(row.system, row.model, row.dataset, row.split, row.metric, row.value, row.n,
               row.condition | {"test": row.dataset}, row.stderr, row.unparsed)
        for row in overall(results, policy)
    ]  # fmt: skip
    return bar_chart(
        rows,
        category="test",
        by="mode",
        series=MODES,
        title=f"Right answers by test, {POLICIES[policy]}, with 95 % intervals",
        names={row.dataset: name_of(row.dataset) for row in rows},
    )


def scores(results: Sequence[Result], policy: str) -> Html:
    """Every test and mode with its n, interval, and what became of the rest."""
    rows = [
        (
            name_of(row.dataset),
            MODES[str(row.condition["mode"])],
            percent(row.value),
            figure_range(row),
            _of(row),
            f"{row.unparsed:,}",
            *(_count(row, name) for name in ("timeouts", "errors")),
            _cut(row),
        )
        for row in overall(results, policy)
    ]
    columns = (
        "test",
        "asked",
        "right",
        "95 % interval",
        "n",
        "no answer",
        "timeouts",
        "tests broken",
        "cut off",
    )
    return table(columns, rows, numeric=(2, 3, 4, 5, 6, 7, 8),
                 caption=f"By {POLICIES[policy]}; a reply without an answer that can be read, a program that failed among them, stays in the "
                         "denominator. Intervals are Wilson's.")  # fmt: skip


def _of(row: Result) -> str:
    whole = int(row.condition.get("of", row.n))
    return f"{row.n:,}" if whole == row.n else f"{row.n:,} of {whole:,}"


def _cut(row: Result) -> str:
    right = int(row.condition.get("cut_off_right", 0))
    return _count(row, "cut_off") + (f" ({right:,})" if right else "")


def _count(row: Result, name: str) -> str:
    return f"{row.condition[name]:,}" if name in row.condition else "not kept"


def settings(results: Sequence[Result]) -> Html:
    """How replies were drawn, one line a test and mode."""
    policy = policies_of(results)[0]
    rows = [
        (
            name_of(row.dataset),
            MODES[str(row.condition["mode"])],
            *(_setting(row, name) for name in ("preset", "temperature", "top_p", "max_tokens", "seed")),
        )
        for row in overall(results, policy)
    ]
    told = table(
        ("test", "asked", "preset", "temperature", "top p", "tokens at most", "seed"),
        rows,
        numeric=(3, 4, 5, 6),
    )
    return disclosure("How replies were drawn", told)


def _setting(row: Result, name: str) -> str:
    value = row.condition.get(name)
    if value is None:
        return "unknown"
    return "greedy" if name == "temperature" and value == 0 else str(value)


def means(results: Sequence[Result]) -> Html:
    """The unweighted means, each with the tests that it is over."""
    found = [result for result in results if result.metric in ("average_of_twelve", "mean_of_present")]
    if not found:
        return missing("No mean.", "There are no figures of the twelve tests.")
    rows = []
    for result in found:
        spread = 1.96 * (result.stderr or 0.0)
        tests = ", ".join(
            name_of(test) + (" (sample)" if test in result.condition["samples"] else "")
            for test in result.condition["tests"]
        )
        rows.append(
            (
                "average of the twelve"
                if result.metric == "average_of_twelve"
                else f"mean of {result.n} of 12",
                POLICIES[str(result.condition["policy"])],
                COLUMNS[str(result.condition["maths"])],
                percent(result.value),
                percent_range(Interval(max(0.0, result.value - spread), min(1.0, result.value + spread))),
                tests,
            )
        )
    return table(("figure", "rules", "maths", "value", "95 % interval", "over"), rows, numeric=(3, 4),
                 caption="Unweighted; the interval is of the sampling of items, ± 1.96 standard errors")  # fmt: skip


def beside_published(results: Sequence[Result], policy: str) -> Html:
    """Measured figures beside the paper's, which other prompts and whole tests gave."""
    measured = overall(results, policy)
    rows = []
    for test in TESTS:
        of = [row for row in measured if row.dataset == test]
        shown = (
            " / ".join(f"{percent(row.value)} {MODES[str(row.condition['mode'])]}" for row in of) or "not run"
        )
        rows.append((TESTS[test], shown, *(f"{published(model, test):.1f}" for model in PUBLISHED)))
    rows.append(("mean of 12", "see above", *(f"{average(model):.1f}" for model in PUBLISHED)))
    columns = ("test", "measured here", *(f"published: {model}" for model in PUBLISHED))
    return table(columns, rows, numeric=tuple(range(2, 2 + len(PUBLISHED))),
                 caption="Published: the paper's table 3, whole tests, its own prompts and rules, of maths the better of "
                         "words and programs; nothing in these columns was measured here")  # fmt: skip


def readings(results: Sequence[Result]) -> Html | None:
    """IFEval's four figures."""
    rows = [
        (POLICIES[policy], name, percent(row.value), figure_range(row), f"{row.n:,}")
        for policy in policies_of(results)
        for metric, name in _READINGS.items()
        for row in select(results, dataset="ifeval", metric=metric, split="all", condition={"policy": policy})
    ]
    if not rows:
        return None
    return table(("rules", "what counts", "value", "95 % interval", "n"), rows, numeric=(2, 3, 4),
                 caption="IFEval, four ways to count")  # fmt: skip


def parts_of(results: Sequence[Result], policy: str) -> Html | None:
    """Figures of parts of a test, such as a task of BBH or a difficulty of LeetCode."""
    rows = [
        (
            name_of(row.dataset),
            MODES[str(row.condition["mode"])],
            row.split,
            percent(row.value),
            figure_range(row),
            f"{row.n:,}",
            f"{row.unparsed:,}",
        )
        for row in select(results, metric="accuracy", condition={"policy": policy})
        if row.split != "all"
    ]
    if not rows:
        return None
    columns = ("test", "asked", "part", "right", "95 % interval", "n", "no answer")
    return disclosure("By part of a test", table(columns, rows, numeric=(3, 4, 5, 6)))
