"""What feedback did on MINT: an arrow a model from its success without it to its success with it."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from windward.reports.arrow_chart import arrow_chart
from windward.reports.markup import Html, tag
from windward.reports.mint_measured import Gain, Measured, gains
from windward.reports.parts import columns, disclosure, figure, missing, section, table
from windward.reports.wording import counted, percent, points, points_range


def feedback(found: Measured | None) -> Html:
    """An arrow a model from SR without feedback to SR with it, and the same as a table."""
    lead = (
        "An arrow leads from SR without feedback to SR with it, on the same problems. The band around its head is the "
        "95 % interval of the paired difference; a grey arrow is one whose interval holds zero."
    )
    made = gains(found, found.k) if found else []
    if not made:
        why = "An arrow needs runs of one model with and without feedback on the same problems, and this table has not both."
        return section("Feedback", missing("No arrows.", why), anchor="feedback", lead=lead)
    groups = [list(group) for _, group in groupby(sorted(made, key=_kind), key=_kind)]
    large = sorted((group for group in groups if len(group) > 1), key=len, reverse=True)
    small = [gain for group in groups if len(group) == 1 for gain in group]
    body = [_arrows(group, _capital(str(group[0].feedback))) for group in large]
    if small:
        body.append(_of_others(small))
    return section("Feedback", columns(*body), _gain_table(made), anchor="feedback", lead=lead)


def _kind(gain: Gain) -> tuple[str, str, bool]:
    kind = gain.feedback
    return kind.by, kind.form, kind.with_reference


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of_others(made: list[Gain]) -> Html:
    """Kinds of feedback that one model each was given: named by who gave it, and whom, where that differs."""
    models = {gain.delta.model for gain in made}
    only = next(iter(models)) if len(models) == 1 else None
    title = f"Other feedback, to {only}" if only else "Other feedback"
    return _arrows([_named(gain, only is None) for gain in made], title)


def _named(gain: Gain, with_model: bool) -> Gain:
    """The same with the feedback as its name, for a drawing of several kinds."""
    if gain.arrow is None:
        return gain
    kind = gain.feedback
    name = f"{kind.by}, {kind.form}" + (", saw the reference" if kind.with_reference else "")
    return gain._replace(arrow=replace(gain.arrow, name=f"{gain.arrow.name}: {name}" if with_model else name))


def _arrows(made: list[Gain], title: str) -> Html:
    drawn = [gain.arrow for gain in made if gain.arrow]
    lacking = len(made) - len(drawn)
    note = None
    if lacking:
        note = tag("p", f"{counted(lacking, 'model')} without an arrow: measured on other problems with than "
                   "without feedback; the table has the difference.", class_="small")  # fmt: skip
    return figure(arrow_chart(drawn, title=title), title, note)


def _gain_table(made: list[Gain]) -> Html:
    lines = []
    for gain in made:
        condition = gain.delta.condition
        p = condition.get("mcnemar_p")
        lines.append(
            (
                gain.delta.model,
                str(gain.feedback),
                "–" if gain.arrow is None else percent(gain.arrow.before),
                "–" if gain.arrow is None else percent(gain.arrow.after),
                points(gain.delta.value / 100),
                points_range(gain.change),
                f"{condition.get('gained', '–')} / {condition.get('lost', '–')}",
                "–" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}",
                f"{gain.delta.n:,}",
            )
        )
    headings = ("model", "feedback", "without", "with", "difference", "95 % interval", "gained / lost",
                "McNemar p", "n")  # fmt: skip
    told = table(headings, lines, numeric=range(2, 9))
    return disclosure(
        "The figures", tag("div", told, class_="sortable dense"), opened=len(made) <= 3, class_="after"
    )
