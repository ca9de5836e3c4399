"""What is known of the judges: what could not be read, how far they agree, and whether the place of a text moves them."""

from __future__ import annotations

from collections.abc import Sequence

from windward.reports.eurus_curves import furthest, signed_chart
from windward.reports.feedback_scores import ASPECTS, KINDS, share
from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import columns, missing, section, table
from windward.reports.wording import figure_range, mean, percent
from windward.rows import Result, select

_COEFFICIENTS = {
    "spearman": "Spearman",
    "kendall": "Kendall τ-b",
    "alpha": "Krippendorff α",
    "exact": "equal",
}
_AUDITS = {"kept": "kept", "repaired": "repaired", "doubtful": "doubtful", "not audited": "not audited"}
_NOT_RATED = missing("Not rated yet.", "windward feedback annotate has a judge rate the answers.")


def reading(results: Sequence[Result]) -> Html:
    """Ratings by judge and aspect: what came of them."""
    title = "What was read"
    lines = []
    for row in select(results, metric="unread_rate"):
        at = {name: row.condition.get(name) for name in ("judge", "kind", "aspect")}
        absent = _one(results, "not_applicable_rate", **at)
        replies = _one(results, "replies", **at)
        lines.append(
            (
                str(at["judge"]),
                ASPECTS.get(str(at["aspect"]), str(at["aspect"])),
                "computed" if at["kind"] == "verifier" else "read",
                f"{row.n:,}",
                share(row),
                percent(absent.value) if absent else "–",
                mean(replies.value) if replies else "–",
            )
        )
    if not lines:
        return section(title, _NOT_RATED, anchor="reading")
    names = (
        "judge",
        "aspect",
        "ratings",
        "asked for",
        "not read (95 % interval)",
        "does not apply",
        "replies a rating",
    )
    lead = (
        "A reply that cannot be read after all tries leaves a rating without a value and with the reason; it is counted here and "
        "in no mean. “Does not apply” is the judge's own word for an aspect that an answer cannot have."
    )
    return section(
        title, tag("div", table(names, sorted(lines), numeric=(3, 4, 5, 6)), class_="dense"), anchor="reading", lead=lead
    )  # fmt: skip


def agreement(results: Sequence[Result]) -> Html:
    """Two judges on the same answers; the fine-grained against the overall score."""
    pairs = dict.fromkeys(
        (row.condition["first"], row.condition["second"], row.condition["aspect"])
        for row in select(results, metric="agreement_spearman", condition={"of": "judges"})
    )
    lines = [
        (str(first), str(second), ASPECTS.get(str(aspect), "all aspects"),
         *_coefficients(results, of="judges", first=first, second=second, aspect=aspect))
        for first, second, aspect in pairs
    ]  # fmt: skip
    scores = [
        (
            "fine-grained",
            "overall",
            KINDS[kind],
            *_coefficients(results, of="scores", kind=kind),
        )
        for kind in KINDS
        if select(results, metric="agreement_spearman", condition={"of": "scores", "kind": kind})
    ]
    if not lines and not scores:
        why = "Two judges must rate the same answers, or answers need an overall score beside their ratings."
        return section("Agreement", missing("Nothing to compare.", why), anchor="agreement")
    names = ("first", "second", "on", "n", *_COEFFICIENTS.values())
    lead = (
        "Rank correlations say whether two orders agree; Krippendorff's α (interval data) also whether the values do: 1 is "
        "agreement, 0 is what chance gives. Intervals: percentiles of resamples of the records. n/a: one side never varies, or "
        "the scales differ."
    )
    numeric = range(3, len(names))
    return section(
        "Agreement",
        tag("div", table(names, [*sorted(lines), *scores], numeric=numeric), class_="dense"),
        anchor="agreement",
        lead=lead,
    )


def _coefficients(results: Sequence[Result], **at: object) -> list[object]:
    found = {name: _one(results, f"agreement_{name}", **at) for name in _COEFFICIENTS}
    n = next((row.n for row in found.values() if row is not None), 0)
    cells: list[object] = [f"{n:,}"]
    for name, row in found.items():
        if row is None or row.value != row.value:
            cells.append("n/a")
            continue
        said = percent(row.value) if name == "exact" else _signed(row.value)
        span = interval(row) if "low" in row.condition else None
        if span is None:
            cells.append(said)
        else:
            ends = (
                (percent(span.low), percent(span.high))
                if name == "exact"
                else (_signed(span.low), _signed(span.high))
            )
            cells.append(join(said, tag("span", " to ".join(ends), class_="spread")))
    return cells


def position(results: Sequence[Result]) -> Html:
    """Mean rating by the place at which a text was read."""
    deviations = select(results, metric="place_deviation")
    if not deviations:
        why = "No rating says at which place its text was read: nothing was judged, or judged by programs alone."
        return section("Place", missing("Not known.", why), anchor="position")
    reach = furthest(deviations)
    charts = []
    for judge in dict.fromkeys(str(row.condition["judge"]) for row in deviations):
        of = select(deviations, condition={"judge": judge})
        charts.append(
            tag("article",
                signed_chart(of, x="place", by="aspect", series=ASPECTS, title=f"Rating less the mean of its call, {judge}",
                             x_label="place", reach=reach),
                class_="card")
        )  # fmt: skip
    names: tuple[str, ...] = ("judge", "aspect", "calls", "points a place", "χ²", "p")
    lines: list[tuple[object, ...]] = [
        (
            str(row.condition["judge"]),
            ASPECTS.get(str(row.condition["aspect"]), str(row.condition["aspect"])),
            f"{row.n:,}",
            join(_signed(row.value), tag("span", _range(row), class_="spread")),
            f"{float(row.condition.get('chi2', 0)):.1f} on {row.condition.get('df')}",
            _p(float(row.condition.get("p_value", float("nan")))),
        )
        for row in select(results, metric="place_slope")
    ]
    if len(charts) == 1:
        names, lines = names[1:], [line[1:] for line in lines]
    told = tag("div", table(names, lines, numeric=range(len(names) - 4, len(names))), class_="dense")
    lead = (
        "Texts are put into their places by lot, so that every place should be rated alike; within a call all else is equal. χ² is "
        "the permutation test over all places, in closed form. Shuffling spreads a bias evenly over models; it does not remove it "
        "from a single rating."
    )
    return section("Place", columns(*charts, told), anchor="position", lead=lead)


def overall(results: Sequence[Result]) -> Html:
    """The overall score: how it came out, and what the audit made of it."""
    title = "Overall score"
    whole = _one(results, "overall_score", by="all")
    if whole is None:
        return section(
            title, missing("Not criticised yet.", "windward feedback critique asks for feedback and a score."), anchor="overall"
        )  # fmt: skip
    rows: list[tuple[str, str, str, str]] = [
        ("mean, of 10", mean(whole.value), figure_range(whole), f"{whole.n:,}"),
        ("without a score that can be read", percent(whole.unparsed / whole.n), "", f"{whole.n:,}"),
    ]
    audited = {str(row.condition["audit"]): row for row in select(results, metric="audit_rate")}
    rows += [
        (f"audit: {said}", percent(row.value), figure_range(row), f"{row.n:,}")
        for name, said in _AUDITS.items()
        if (row := audited.get(name)) is not None and (row.value or name != "not audited")
    ]
    rows += [
        (f"ties of two answers, {_tied(row)}", percent(row.value), figure_range(row), f"{row.n:,}")
        for row in select(results, metric="tie_rate")
    ]
    lead = (
        "The audit holds each score against the ratings of the same answer. What is doubtful is kept, marked, and not learnt from. "
        "Ties give no preference pair."
    )
    names = ("", "value", "95 % interval", "n")
    return section(title, table(names, rows, numeric=(1, 2, 3)), anchor="overall", lead=lead)


def _tied(row: Result) -> str:
    if row.condition.get("score") == "overall":
        return "overall score"
    return f"fine-grained score, {KINDS.get(str(row.condition.get('kind')), 'judged')}"


def cost(results: Sequence[Result]) -> Html:
    """What was asked of each model, and what it cost."""
    lines = []
    totals = [0.0, 0.0, 0.0]
    for row in select(results, metric="calls"):
        of = row.condition.get("of")
        tokens, money = _one(results, "tokens", of=of), _one(results, "cost", of=of)
        values = [row.value, tokens.value if tokens else 0.0, money.value if money else 0.0]
        totals = [a + b for a, b in zip(totals, values, strict=True)]
        lost = f"{row.condition.get('failed', 0):,}", f"{row.condition.get('uncertain', 0):,}"
        lines.append((str(of), f"{values[0]:,.0f}", *lost, f"{values[1]:,.0f}", f"${values[2]:,.4f}"))
    if not lines:
        return section(
            "Cost", missing("Not written down.", "The result table holds no calls."), anchor="cost"
        )
    if len(lines) > 1:
        lines.append(("all", f"{totals[0]:,.0f}", "", "", f"{totals[1]:,.0f}", f"${totals[2]:,.4f}"))
    names = ("model", "calls", "failed", "uncertain", "tokens", "US dollars")
    lead = "Of this folder's stage: every request that was sent, repeated ones included. A local model costs nothing here."
    return section("Cost", tag("div", table(names, lines, numeric=(1, 2, 3, 4, 5)), class_="dense"), anchor="cost", lead=lead)  # fmt: skip


def _one(results: Sequence[Result], metric: str, **condition: object) -> Result | None:
    return next(iter(select(results, metric=metric, condition=condition)), None)


def _range(row: Result) -> str:
    span = interval(row)
    return "no interval" if span is None else f"{_signed(span.low)} to {_signed(span.high)}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _signed(value: float) -> str:
    shown = f"{value:+.2f}".replace("-", "−")
    return "0.00" if shown[1:] == "0.00" else shown
