"""The page of `windward shift select`: which sets are in, which are out, and the figures that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from windward.reports.again import again
from windward.reports.intervals import wilson
from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import disclosure, section, table
from windward.reports.run_folder import ReportError, object_in
from windward.reports.wording import counted, percent, percent_range

_RULES = {
    "size": "size",
    "labels": "labels",
    "balance": "balance",
    "leakage": "leakage",
    "likeness": "unlike the ID set",
    "distinctness": "unlike the others",
    "difficulty": "harder",
}
_PROBES = {"encoder": "sentence vectors", "tfidf": "TF-IDF of words"}
_CHARACTERS = 400


def write_selection_report(folder: Path) -> Path:
    """Writes `folder/report.html` from what is beside it, whole or not at all.

    Raises:
        ReportError: there is no selection, or a file is malformed; says which.
    """
    return write_page(Path(folder), selection_page(Path(folder)))


def selection_page(folder: Path) -> str:
    """The page as text."""
    path = folder / "selection.json"
    if not path.is_file():
        raise ReportError(f"{folder} holds no selection.json: give the --out of windward shift select")
    found, record = object_in(path), object_in(folder / "run.json")
    files = sorted(one.name for one in folder.iterdir() if not one.name.startswith((".", "report.html")))
    try:
        sections = [
            ("verdicts", "Verdicts", _verdicts(found)),
            ("likeness", "Likeness", _likeness(found)),
            ("leakage", "Leakage", _leakage(found)),
            ("difficulty", "Difficulty", _difficulty(found)),
            ("sets", "Sets", _sets(found)),
            ("again", "Do it again", again(record, files)),
        ]
        head = _head(found)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ReportError(f"{path} is no selection ({error!r}): run windward shift select again") from error
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    return page("Selection of datasets", head, contents, *(body for *_, body in sections), footer())


def _short(name: object) -> str:
    return cut_middle(str(name), 40)


def _head(found: Mapping[str, Any]) -> Html:
    total, chosen = len(found["candidates"]), len(found["chosen"])
    told = (
        "A model is trained on one distribution and used on others. Sets that stand for these must be large enough, have the task's labels, repeat "
        "nothing that is trained on, be unlike the training distribution and each other, and be harder. One rule broken is enough to be out."
    )
    return tag(
        "header",
        tag("p", "BOSS · selection of datasets", class_="eyebrow"),
        tag(
            "h1",
            f"{chosen} of {counted(total, 'candidate')} may stand out of distribution beside {_short(found['id']['name'])}",
        ),
        tag("p", told, class_="lead"),
    )


def _verdicts(found: Mapping[str, Any]) -> Html:
    rows = []
    for one in found["candidates"]:
        checks = {check["rule"]: check for check in one["checks"]}
        marks = ["holds" if checks[rule]["passed"] else tag("strong", "broken") for rule in _RULES]
        rows.append((_short(one["name"]), tag("strong", "in") if one["chosen"] else "out", *marks))
    said = [
        disclosure(
            f"{_short(one['name'])}: {one['verdict']}",
            table(
                ("rule", "", "what was found"),
                [
                    (_RULES[check["rule"]], "holds" if check["passed"] else "broken", check["said"])
                    for check in one["checks"]
                ],
            ),
            opened=not one["chosen"],
        )
        for one in found["candidates"]
    ]
    lead = "In the order in which they were named: of two sets that are alike the first stays."
    return section(
        "Verdicts", table(("set", "verdict", *_RULES.values()), rows), *said, anchor="verdicts", lead=lead
    )


def _likeness(found: Mapping[str, Any]) -> Html:
    cosines = {
        frozenset((one["first"], one["second"])): one
        for one in [each["similarity"] for each in (*found["candidates"], *found["pairs"])]
    }
    names = [found["id"]["name"], *(one["name"] for one in found["candidates"])]

    def cell(one: str, other: str) -> object:
        if one == other:
            return ""
        value = cosines[frozenset((one, other))]
        return join(
            f"{value['cosine']:.1f} ",
            tag("span", f"({value['low']:.1f} to {value['high']:.1f})", class_="small"),
        )

    rows = [(_short(one), *(cell(one, other) for other in names)) for one in names]
    lead = f"Cosine of the centroids, x 100, by {_short(found['encoder'])}, with 95 % intervals of a bootstrap over texts. From {found['config']['max_similarity']:g} on two sets are one distribution."
    return section(
        "Likeness",
        table(("set", *map(_short, names)), rows, numeric=range(1, len(names) + 1)),
        anchor="likeness",
        lead=lead,
    )


def _leakage(found: Mapping[str, Any]) -> Html:
    overlaps = [(found["id"]["name"], one["name"], one["overlap"]) for one in found["candidates"]]
    overlaps += [(one["train"], one["test"], one["overlap"]) for one in found["pairs"]]
    rows = [
        (
            _short(train),
            _short(test),
            f"{one['test_rows']:,}",
            *(f"{one[kind]:,}" for kind in ("exact", "normalised", "near")),
            percent(one["share"]),
            percent_range(wilson(one["share"], one["test_rows"])),
            one["verdict"],
        )
        for train, test, one in overlaps
    ]
    names = ("trained on", "tested on", "rows", "exact", "normalised", "near", "share", "95 %", "verdict")
    shown = [
        disclosure(
            f"{_short(test)} in {_short(train)}: examples",
            _pairs_of_texts(one["examples"]),
            opened=one["verdict"] == "refused",
        )
        for train, test, one in overlaps
        if one["examples"]
    ]
    limit = percent(found["config"]["overlap"]["threshold"])
    lead = f"Test rows that stand in the training set, each counted once in its strongest kind. A pair is refused from {limit} on. Of two candidates the smaller is held against the larger."
    return section("Leakage", table(names, rows, numeric=range(2, 8)), *shown, anchor="leakage", lead=lead)


def _pairs_of_texts(examples: Sequence[Mapping[str, Any]]) -> Html:
    rows = [
        (
            f"{one['kind']}, {'a part' if one['contained'] else format(one['similarity'], '.2f')}",
            cut_middle(one["test"], _CHARACTERS),
            cut_middle(one["train"], _CHARACTERS),
        )
        for one in examples
    ]
    return table(("kind", "test row", "training row"), rows)


def _difficulty(found: Mapping[str, Any]) -> Html:
    rows = []
    for one in found["candidates"]:
        for drop in one["drops"]:
            inside, outside = drop["inside"], drop["outside"]
            rows.append(
                (
                    _short(one["name"]),
                    _PROBES[drop["probe"]],
                    *_rate(inside),
                    *_rate(outside),
                    *(_rate(drop["own"]) if drop.get("own") else ("not measured", "")),
                    f"{100 * drop['drop']:.1f} ({100 * drop['low']:.1f} to {100 * drop['high']:.1f})",
                )
            )
    names = (
        "set",
        "probe",
        "in distribution",
        "of",
        "on the set",
        "of",
        "trained there",
        "of",
        "drop in points",
    )
    lead = (
        "Accuracy of a logistic regression trained in distribution, on held-out texts there and on the set. The probe over sentence vectors decides. A set that "
        "lacks a label is compared on its own labels. Where a probe trained on the set itself does little better, the set is hard rather than far. Intervals of the drop are over trainings and texts, those of accuracies over texts."
    )
    return section("Difficulty", table(names, rows, numeric=range(2, 9)), anchor="difficulty", lead=lead)


def _rate(right: Mapping[str, Any]) -> tuple[str, str]:
    rate, n = right["rate"], right["n"]
    return f"{percent(rate)} ({percent_range(wilson(rate, n))})", f"{n:,}"


def _sets(found: Mapping[str, Any]) -> Html:
    rows = [
        (
            _short(one["name"]),
            f"{one['rows']:,}",
            ", ".join(f"{_short(label)}: {count:,}" for label, count in list(one["classes"].items())[:20]),
            one["read"],
        )
        for one in (found["id"], *found["candidates"])
    ]
    return section("Sets", table(("set", "texts", "labels", "read as"), rows, numeric=(1,)), anchor="sets")
