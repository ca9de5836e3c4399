"""The report of a best-of-n run: what choosing from more answers brings, what it costs in KL, and answers to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from windward.reports.again import again
from windward.reports.intervals import interval
from windward.reports.line_chart import line_chart
from windward.reports.markup import Html, join, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import facts, missing, raw, section, table
from windward.reports.run_folder import ReportError, lines_in, need, object_in, results_in
from windward.reports.run_records import Row
from windward.reports.wording import counted
from windward.rows import Result, select

SHOWN = 5
"""Prompts whose best and worst answers are shown."""
NAMES = {
    "best": "best of n",
    "random": "random answer",
    "vote": "vote",
    "pass": "at most",
    "oracle": "at most",
}
WORTH = {
    "best_of_accuracy": "How often the chosen answer is right",
    "best_of_gold": "What the chosen answer is worth, of 1 (for checks: the share that is met)",
}


def write_best_of_n_report(folder: Path) -> Path:
    """Writes `folder/report.html` from `results.parquet`, `ranked.jsonl` and `run.json`, whole or not at all.

    Raises:
        ReportError: a file is missing or malformed; says which.
    """
    return write_page(Path(folder), best_of_n_page(Path(folder)))


def best_of_n_page(folder: Path) -> str:
    """The page as text."""
    results = results_in(folder / "results.parquet")
    if not results:
        raise ReportError(f"{folder} holds no results.parquet: give the --out of `windward best-of-n`")
    record = object_in(folder / "run.json")
    files = ("best.parquet", "ranked.jsonl", "results.parquet", "scores.jsonl", "run.json")
    sections = [
        ("curve", "The curve", _curve(results)),
        ("worth", "What it is worth", _worth(results)),
        ("answers", "Answers", _answers(folder)),
        ("again", "Do it again", again(record, files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    return page("Best of n", _head(results, record), contents, *(body for *_, body in sections), footer())


def _head(results: Sequence[Result], record: Mapping[str, object]) -> Html:
    one = results[0]
    largest = max(int(row.condition["n"]) for row in results)
    told = facts(
        {
            "policy": str(one.condition.get("policy", "not written down")),
            "scorer": one.model,
            "prompts": f"{one.n:,} ({one.dataset})",
            "seed": str(record.get("seed")),
        }
    )
    title = f"The best of {counted(largest, 'answer')}, to each of {counted(one.n, 'prompt')}."
    return tag("header", tag("p", "Best of n", class_="eyebrow"), tag("h1", title), told)


def _curve(results: Sequence[Result]) -> Html:
    rows = []
    for best in select(results, metric="best_of_reward", condition={"by": "best"}):
        n = best.condition["n"]
        (lot,) = select(results, metric="best_of_reward", condition={"by": "random", "n": n})
        (kl,) = select(results, metric="best_of_kl", condition={"n": n})
        rows.append((f"{n}", _with_range(best), f"{best.value - lot.value:+.4f}", f"{kl.value:.4f}"))
    columns = ("n", "expected reward (95 %)", "over a random answer", "KL, nats")
    lead = (
        "The scorer's own reward of the answer that it chooses, without bias over all draws of n. It also rises where the "
        "scorer is wrong. KL is ln n − (n − 1)/n: exact where all answers score differently, else an upper bound."
    )
    return section("The curve", table(columns, rows, numeric=range(4)), anchor="curve", lead=lead)


def _with_range(result: Result) -> str:
    span = interval(result)
    told = "no interval" if span is None else f"{span.low:.4f} to {span.high:.4f}"
    return f"{result.value:.4f} ({told})"


def _worth(results: Sequence[Result]) -> Html:
    parts: list[Html] = []
    for metric, title in WORTH.items():
        found = select(results, metric=metric)
        if not found:
            continue
        parts.append(line_chart(found, x="n", by="by", series=NAMES, title=title, x_label="n"))
        unread = counted(found[0].unparsed, "answer")
        told = f"{counted(found[0].n, 'prompt')}; {unread} could not be read. Such an answer counts as wrong."
        parts.append(tag("p", told))
    if not parts:
        parts = [missing("Not known.", "No prompt has a reference or checks, so nobody says what is right.")]
    return section("What it is worth", *parts, anchor="worth")


def _answers(folder: Path) -> Html:
    path = folder / "ranked.jsonl"
    shown = [_shown(*one) for one in islice(lines_in(path, _ranked), SHOWN)]
    lead = f"The first {counted(len(shown), 'prompt')}: the answer that was chosen, and the one that scored least."
    return section("Answers", join(*shown), anchor="answers", lead=lead)


def _ranked(row: Row, where: str) -> tuple[str, Row, Row]:
    prompt, candidates = need(row, "prompt", list, where), need(row, "candidates", list, where)
    if not prompt or not candidates:
        raise ReportError(f"{where}: expected a prompt and its answers")
    asked = need(prompt[-1], "content", str, where)
    for one in (candidates[0], candidates[-1]):
        need(one, "text", str, where)
        need(one, "score", float, where)
    return asked, candidates[0], candidates[-1]


def _shown(asked: str, best: Row, worst: Row) -> Html:
    answers = (
        join(tag("p", f"{name}: reward {one['score']:.4f}{_verdict(one)}"), raw(str(one["text"])))
        for name, one in (("Chosen", best), ("Last", worst))
    )
    return tag("article", raw(asked), *answers, class_="card")


def _verdict(one: Row) -> str:
    correct = one.get("correct")
    return "" if correct is None else ", right" if correct else ", wrong"
