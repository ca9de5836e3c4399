"""The part of the page on the factorial study: what the choice of rows does and what their order does, apart."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from windward.reports.dynamics_table import WHOLE, DynamicsTable
from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import disclosure, section, table
from windward.reports.shift_forest import Difference, forest_chart, loss_range, signed_loss, widest
from windward.reports.shift_pairs import in_pairs
from windward.reports.wording import counted
from windward.rows import Result, select

_KINDS = {"rows": "Which rows", "order": "What order"}
_OF = {"loss": "the final loss", "mean_loss": "the mean loss over the run"}
_NONE = "no difference shown"
_SAID = 3
"""Differences that a sentence names at most."""


def effects_section(found: DynamicsTable) -> Html | None:
    """A part a kind of effect, each with its sentence and drawings; None without effects."""
    rows = _effects(found)
    parts = [_part(rows, kind) for kind in _KINDS if _of_kind(rows, kind)]
    if not parts:
        return None
    return section(
        "Which rows, what order",
        *parts,
        disclosure("The figures", _figures(rows)),
        anchor="effects",
        lead="Near rows are the training rows nearest to the target rows, random rows were drawn; near-first, far-first and shuffled are orders "
        "of one and the same rows. A difference is first minus second, seed by seed, in nats a token: below zero the first has the lower loss. "
        "Green or red: the interval leaves zero out; grey: no difference shown. The intervals are of one comparison each: of twenty without any "
        "effect, one would be coloured.",
    )


def effect_sentences(found: DynamicsTable) -> list[str]:
    """One sentence a kind of effect, over all tasks: of the final loss where it was compared, else of the mean loss."""
    rows = [row for row in _effects(found) if row.dataset == WHOLE]
    told = []
    for kind, name in _KINDS.items():
        for of in _OF:
            if some := _of_kind(rows, kind, of):
                told.append(f"{name}: {_sentence(some)}.")
                break
    return told


def _effects(found: DynamicsTable) -> list[Result]:
    """Effects that have a contrast of two; over all tasks where there are such, then by task."""
    rows = [row for row in select(found.rows, metric="effect") if len(_contrast(row)) == 2]
    if not any(row.dataset == WHOLE for row in rows) and len({row.dataset for row in rows}) == 1:
        return [_renamed(row) for row in rows]
    return rows


def _renamed(row: Result) -> Result:
    return Result(
        row.system, row.model, WHOLE, row.split, row.metric, row.value, row.n, row.condition, row.stderr
    )


def _of_kind(rows: Sequence[Result], kind: str, of: str | None = None) -> list[Result]:
    return [
        row for row in rows if row.condition.get("kind") == kind and of in (None, row.condition.get("of"))
    ]


def _contrast(row: Result) -> list[str]:
    contrast = row.condition.get("contrast")
    return [str(one) for one in contrast] if isinstance(contrast, list | tuple) else []


def _word(row: Result) -> str:
    span = interval(row)
    if span is None or not (span.low > 0 or span.high < 0):
        return _NONE
    return "lower" if span.high < 0 else "higher"


def _sides(row: Result) -> tuple[str, str]:
    first, second = _contrast(row)
    return (f"{first} rows", f"{second} rows") if row.condition.get("kind") == "rows" else (first, second)


def _where(row: Result) -> str:
    fixed = str(row.condition.get("fixed", ""))
    return fixed if row.condition.get("kind") == "rows" else f"{fixed} rows"


def _sentence(rows: Sequence[Result]) -> str:
    """The comparisons that show a difference, and how many do not."""
    different = [row for row in rows if _word(row) != _NONE]
    if not different:
        return f"{_NONE} ({counted(len(rows), 'comparison')})"
    verb = "has" if rows[0].condition.get("kind") == "order" else "have"
    where: dict[tuple[str, ...], list[str]] = {}
    for row in different:
        where.setdefault((*_sides(row), _word(row)), []).append(_where(row))
    told = [
        f"{first} {verb} a {word} loss than {second} {_in(rows, places)}"
        for (first, second, word), places in where.items()
    ]
    if len(told) > _SAID:
        told[_SAID:] = [f"and {len(told) - _SAID} more"]
    if same := len(rows) - len(different):
        told.append(f"{_NONE} in {'the other' if same == 1 else f'the other {same}'}")
    return "; ".join(told)


def _in(rows: Sequence[Result], places: Sequence[str]) -> str:
    """Under which of the fixed orders, or on which of the fixed rows."""
    named = " and ".join(filter(None, (", ".join(places[:-1]), places[-1])))
    if rows[0].condition.get("kind") == "order":
        return f"on {named}"
    every = len({_where(row) for row in rows})
    if len(places) == every > 1:
        return f"in each of {every} orders"
    return f"in the order{'s' if len(places) > 1 else ''} {named}"


def _part(rows: Sequence[Result], kind: str) -> Html:
    whole = [row for row in _of_kind(rows, kind) if row.dataset == WHOLE]
    half = widest([_difference(row) for row in _of_kind(rows, kind)])
    sentences, cards = [], []
    for of, name in _OF.items():
        if some := _of_kind(whole, kind, of):
            sentences.append(tag("li", f"In {name}: {_sentence(some)}."))
            drawn = forest_chart(
                [_difference(row) for row in some], title=f"{_KINDS[kind]}: {name}", half=half
            )
            cards.append(tag("article", drawn, class_="card"))
    says = {
        "rows": "Different rows, put in order by the same rule.",
        "order": "The same rows in two orders: nothing but the order differs.",
    }
    return join(tag("h3", _KINDS[kind]), tag("p", says[kind]), tag("ul", *sentences), *in_pairs(cards))


def _difference(row: Result) -> Difference:
    first, second = _sides(row)
    return Difference(f"{_where(row)}: {first} − {second}", row.value, interval(row), is_loss=True)


def _figures(rows: Sequence[Result]) -> Html:
    lines = [
        (_KINDS.get(str(row.condition.get("kind")), str(row.condition.get("kind"))), row.dataset,
         _OF.get(str(row.condition.get("of")), str(row.condition.get("of"))).removeprefix("the "), *_sides(row), _where(row),
         signed_loss(row.value), loss_range(interval(row)), _p(row), _seeds(row), "not measured" if isnan(row.value) else _word(row))
        for row in rows
    ]  # fmt: skip
    names = (
        "",
        "task",
        "of",
        "first",
        "second",
        "fixed",
        "difference",
        "95 % interval",
        "p",
        "seeds",
        "first is",
    )
    return tag("div", table(names, lines, numeric=(6, 7, 8)), class_="dense")


def _p(row: Result) -> str:
    p = row.condition.get("p")
    if not isinstance(p, int | float) or isnan(p):
        return ""
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _seeds(row: Result) -> str:
    seeds = row.condition.get("seeds")
    return ", ".join(map(str, seeds)) if isinstance(seeds, list | tuple) else ""
