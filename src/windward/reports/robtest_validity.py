"""Validity on the page of a robustness test: are samples still valid, and how does the model do on those that are?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from windward.reports.intervals import interval
from windward.reports.line_chart import line_chart
from windward.reports.markup import Html, join, tag
from windward.reports.parts import columns, disclosure, facts, section, table
from windward.reports.wording import figure, mean, number, percent, percent_range
from windward.rows import Result, select

KINDS = {"form": "changes of form", "meaning": "changes of meaning", "addition": "additions"}
SERIES = {
    "valid average": "average, valid samples",
    "measured average": "average, all samples of these texts",
    "valid worst": "worst, valid samples",
    "measured worst": "worst, all samples of these texts",
}
"""Series of the charts of accuracy, in the order of their colours."""
_MEASURES = {
    "edit_distance": "edits a character",
    "words_kept": "words kept",
    "legible": "words legible",
    "similarity": "similarity",
    "fluency": "fluency",
}
_FEWEST = 10
_ALL = 0.99
"""Where more samples than this are valid at every degree, accuracy over the valid ones is not drawn again."""
_BY = {"judge": "the judge", "human": "people"}


def validity_section(
    results: Sequence[Result], curves: Sequence[tuple[str, str]], record: Mapping[str, object]
) -> Html | None:
    """The section; None where validity was not measured.

    Args:
        results: the result table.
        curves: dimension and mode of each curve, in their order.
        record: of how it was measured (`validity.json`).
    """
    rates = select(results, metric="validity_rate")
    if not rates:
        return None
    return section(
        "Validity",
        facts(_about(record)),
        _rate_charts(rates, curves),
        disclosure("Every measure, by degree", _measures(results, curves)),
        _totals(results, curves),
        columns(*_accuracy_charts(results, curves)),
        *_attacks(results, curves),
        *_looked_at(results, curves),
        anchor="validity",
        lead="A change that no reader can undo, or that says something else, is no test of robustness. So every degree is shown with the share of "
        "its samples that are still valid, and the model's accuracy over these alone.",
    )


def _named(dimension: str, mode: str) -> str:
    return f"{dimension} ({mode})"


def _about(record: Mapping[str, object]) -> dict[str, str]:
    """How it is decided what is valid."""

    def told(name: str) -> float:
        value = record.get(name)
        return float(value) if isinstance(value, int | float) else float("nan")

    encoder, kinship = str(record.get("encoder") or ""), str(record.get("kinship") or "")
    about = {
        "a change of form (typo, glyph, phonetic)": f"is valid where {percent(told('legible'))} of the text's words can be read: look-alikes are "
        f"folded to one character, then {percent(told('edits'))} of a word's characters, rounded up, may differ, and it must not have become another "
        "English word that sounds different; of spellings by sound (phonetic) the consonants alone may be that close. Look-alikes fold back by their making; only a person can say whether they read well.",
        "an addition (distraction)": "is valid where the text stands there whole. What is added is neutral by its making.",
        "a change of meaning (all others)": "was not judged: no encoder measured similarity.",
        "thresholds": "are round numbers and tuned on nothing; that consonants may do for a spelling, and that an addition needs no similarity, was decided on samples. The sheet for people says how far all this is right.",
    }
    if encoder:
        about["a change of meaning (all others)"] = (
            f"is valid where {encoder} finds text and sample similar by {told('similarity'):g} or more, and {percent(told('kept'))} of the words are "
            "kept in their order. Of forms and additions similarity is shown and decides nothing: they attack the encoder's own word pieces, or dilute them. An "
            "encoder puts opposites close together, so similarity is needed and not enough: a judge or people see what it misses."
        )
    if kinship:
        about["the encoder"] = kinship
    return about


def _rate_charts(rates: Sequence[Result], curves: Sequence[tuple[str, str]]) -> Html:
    charts = []
    for kind, name in KINDS.items():
        drawn = [
            replace(row, condition={"degree": row.condition["degree"], "curve": _named(*_curve(row))})
            for row in rates
            if row.condition.get("kind") == kind
        ]
        if drawn:
            names = [_named(*curve) for curve in curves]
            present = {row.condition["curve"] for row in drawn}
            series = {name: name for name in names if name in present}
            charts.append(
                line_chart(
                    drawn,
                    x="degree",
                    by="curve",
                    series=series,
                    title=f"Valid samples, {name}",
                    x_label="degree",
                )
            )
    return columns(*charts)


def _curve(row: Result) -> tuple[str, str]:
    return row.condition["dimension"], row.condition["mode"]


def _measures(results: Sequence[Result], curves: Sequence[tuple[str, str]]) -> Html:
    names = [name for name in _MEASURES if select(results, metric=name)]
    rows = []
    for dimension, mode in curves:
        condition = {"dimension": dimension, "mode": mode}
        degrees = sorted(
            {
                row.condition["degree"]
                for row in results
                if row.condition.items() >= condition.items() and row.metric in names
            }
        )
        for degree in degrees:
            at = condition | {"degree": degree}
            valid = select(results, metric="validity_rate", condition=at)
            shown: list[str] = (
                [percent(valid[0].value), percent_range(interval(valid[0])), number(valid[0].n)]
                if valid
                else ["not known", "", ""]
            )
            for name in names:
                found = select(results, metric=name, condition=at)
                shown.append(f"{found[0].value:.3f} ({number(found[0].n)})" if found else "")
            rows.append((_named(dimension, mode), number(degree), *shown))
    headings = ("dimension", "degree", "valid", "95 %", "of", *(_MEASURES[name] for name in names))
    told = (
        "Means, and in brackets of how many samples: Levenshtein distance a character of the text; share of words kept in order; share of words that "
        "can be read; cosine; mean log-probability a token (nats), less that of the text."
    )
    return join(tag("p", told), table(headings, rows, numeric=range(1, len(headings))))


def _totals(results: Sequence[Result], curves: Sequence[tuple[str, str]]) -> Html:
    rows = []
    for dimension, mode in curves:
        cells: list[str] = []
        texts = ""
        for case in ("average", "worst"):
            for samples in ("measured", "valid"):
                condition = {"dimension": dimension, "mode": mode, "case": case, "samples": samples}
                found = select(results, metric="ewma_normalised", condition=condition)
                few = samples == "valid" and case == "average" and not _enough(results, dimension, mode)
                cells.append("too few" if few else percent(found[0].value) if found else "not known")
                texts = number(found[0].n) if found else texts
        rows.append((_named(dimension, mode), texts, *cells))
    names = ("dimension", "texts", "average, all", "average, valid", "worst, all", "worst, valid")
    told = (
        "Accuracy, weighted over degrees, of the texts whose samples were all measured: over all of their samples, and over the valid ones. Where "
        f"fewer than {_FEWEST} texts have a valid sample at some degree, there is no such average; the worst case then is that of the valid samples "
        "of lower degrees."
    )
    return join(tag("p", told), table(names, rows, numeric=range(1, 6)))


def _enough(results: Sequence[Result], dimension: str, mode: str) -> bool:
    """Whether enough texts have a valid sample at every degree."""
    condition = {"dimension": dimension, "mode": mode, "case": "average", "samples": "valid"}
    return all(
        row.n >= _FEWEST for row in select(results, metric="accuracy", split="all", condition=condition)
    )


def _accuracy_charts(results: Sequence[Result], curves: Sequence[tuple[str, str]]) -> list[Html]:
    charts = []
    for dimension, mode in curves:
        rows = [
            replace(
                row,
                condition={
                    "degree": row.condition["degree"],
                    "series": f"{samples} {row.condition['case']}",
                },
            )
            for samples in ("valid", "measured")
            for row in select(
                results,
                metric="accuracy",
                split="all",
                condition={"dimension": dimension, "mode": mode, "samples": samples, "attack": "rule"},
            )
        ]
        rates = select(results, metric="validity_rate", condition={"dimension": dimension, "mode": mode})
        if rows and any(rate.value < _ALL for rate in rates):
            charts.append(
                line_chart(
                    rows,
                    x="degree",
                    by="series",
                    series=SERIES,
                    title=_named(dimension, mode),
                    x_label="degree",
                )
            )
    return charts


def _attacks(results: Sequence[Result], curves: Sequence[tuple[str, str]]) -> list[Html]:
    """Of what a search broke: how much of it is valid."""
    rows = []
    for dimension, mode in curves:
        condition = {"dimension": dimension, "mode": mode, "attack": "score"}
        valid = select(results, metric="ewma_normalised", condition=condition | {"samples": "valid"})
        every = select(results, metric="ewma_normalised", condition=condition | {"samples": "all"})
        rates = select(results, metric="attack_validity_rate", condition=condition)
        if valid and every:
            attacks = sum(row.n for row in rates)
            good = round(sum(row.value * row.n for row in rates))
            rows.append(
                (
                    _named(dimension, mode),
                    number(valid[0].n),
                    number(attacks),
                    number(good),
                    percent(every[0].value),
                    percent(valid[0].value),
                )
            )
    if not rows:
        return []
    told = (
        "Attacks by search: how many broke the model, how many of these are valid, and accuracy, weighted over degrees, where all count and where "
        "only valid ones do. A search stops at the first text that breaks the model, so one that seeks valid texts alone could break more."
    )
    names = ("dimension", "texts", "broken", "of these valid", "accuracy, all", "accuracy, valid")
    return [tag("p", told), table(names, rows, numeric=range(1, 6))]


def _looked_at(results: Sequence[Result], curves: Sequence[tuple[str, str]]) -> list[Html]:
    """What a judge and people said, beside what was measured."""
    parts = []
    for by, who in _BY.items():
        found = select(results, metric=f"{by}_validity_rate")
        if not found:
            continue
        degrees = sorted({row.condition["degree"] for row in found})
        rows = []
        for curve in curves:
            own = {row.condition["degree"]: row for row in found if _curve(row) == curve}
            if own:
                unread = sum(row.unparsed for row in own.values())
                shown = [
                    f"{percent(own[at].value)} ({percent_range(interval(own[at]))}; {own[at].n})"
                    if at in own
                    else ""
                    for at in degrees
                ]
                rows.append((_named(*curve), *shown, number(unread)))
        names = ("dimension", *map(number, degrees), "unread" if by == "judge" else "unsure")
        caption = f"Valid according to {who}, with interval and number of samples."
        parts.append(table(names, rows, numeric=range(1, len(names)), caption=caption))
        agreed = []
        for kind, name in KINDS.items():
            rate = select(results, metric="agreement_rate", condition={"by": by, "kind": kind})
            kappa = select(results, metric="kappa", condition={"by": by, "kind": kind})
            if rate:
                beyond = "nothing to tell from chance"
                if kappa:
                    span = interval(kappa[0])
                    beyond = mean(kappa[0].value) + (
                        f" ({mean(span.low)} to {mean(span.high)})" if span else ""
                    )
                agreed.append(
                    (name, figure(rate[0]), percent_range(interval(rate[0])), beyond, number(rate[0].n))
                )
        if agreed:
            parts.append(
                table(
                    ("kind", "agreement", "95 %", "Cohen's kappa", "samples"),
                    agreed,
                    numeric=(1, 2, 3, 4),
                    caption=f"How far {who} and the measures agree on what is valid.",
                )
            )
    return parts
