"""The figures of preference data, in one pass over the records and in memory that does not grow with them.

Every figure is a row of the result table, system `feedback`. Conditions:

* means (`rating`, `fine_grained`, `overall_score`): `by` (`all`, `model`, `source`, `principle`), `name`, `kind` of the judge
  (`model` or `verifier`), `aspect` of a rating, `not_applicable`: completions left out as such. `n` counts what should
  have a value, `unparsed` what has none because a reply could not be read; the mean is over the others.
* `unread_rate`, `not_applicable_rate`, `replies` (asked for a rating): `judge`, `kind`, `aspect`.
* `tie_rate`: of two completions of one instruction; `score`, `kind`.
* `agreement_…`: `of` `judges` (`first`, `second`, `aspect`) or `scores` (fine-grained against overall; `kind`).
* `place_deviation`, `place_slope`: `judge`, `aspect`. `audit_rate`: `audit`.
* `instructions`, `completions`, `ratings`, `critiques`: counts; `calls`, `tokens`, `cost`: `of`, the model asked.

Errors are those of records drawn at random: the values of one record are taken as a cluster.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from statistics import fmean
from typing import Any, get_args

from windward.feedback.figures_agreement import AgreementTable, record_weights
from windward.feedback.figures_position import Places
from windward.feedback.figures_sums import ClusteredMean
from windward.feedback.records import ASPECTS, NOT_APPLICABLE, Completion, JudgeKind, Rating, Record
from windward.rows import Result

SYSTEM, DATASET, SPLIT = "feedback", "feedback", "all"
KINDS: tuple[JudgeKind, ...] = get_args(JudgeKind)
ALL_ASPECTS = "all"
_Key = tuple[str, tuple[tuple[str, str], ...]]


def feedback_results(records: Iterable[Record], *, model: str = "", seed: int = 0) -> list[Result]:
    """All the figures of some records.

    Args:
        records: read once, one at a time.
        model: for the table's column `model`; without it, the names of the judges that are models.
        seed: of the resamples behind the intervals of agreement.
    """
    figures = FeedbackFigures(seed=seed)
    for record in records:
        figures.add(record)
    return figures.results(model=model)


def cost_results(models: Iterable[Mapping[str, Any]], *, model: str = "") -> list[Result]:
    """What was asked of each model and what it cost, as rows.

    Args:
        models: one a model, with `group` (its name), `attempts`, `tokens`, `cost` in US dollars, `failed` and `uncertain`:
            `models` of a journal's `Summary.as_dict()`.
        model: for the table's column `model`.
    """
    rows = []
    for one in models:
        calls, condition = int(one["attempts"]), {"of": str(one["group"])}
        lost = {name: int(one.get(name) or 0) for name in ("failed", "uncertain")}
        rows.append(_row("calls", model, calls, calls, condition | lost))
        rows.append(_row("tokens", model, float(one["tokens"]), calls, condition))
        rows.append(_row("cost", model, float(one["cost"]), calls, condition))
    return rows


class FeedbackFigures:
    """Takes records one by one; `results` may be asked for at any time."""

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._counts: Counter[str] = Counter()
        self._absent: Counter[str] = Counter()
        self._judges: dict[str, None] = {}
        self._means: dict[_Key, ClusteredMean] = defaultdict(ClusteredMean)
        self._unread: Counter[_Key] = Counter()
        self._not_applicable: Counter[_Key] = Counter()
        self._agreement: dict[_Key, AgreementTable] = defaultdict(AgreementTable)
        self._places: dict[tuple[str, str], Places] = defaultdict(Places)

    def add(self, record: Record) -> None:
        """Takes a record."""
        found: dict[_Key, list[float]] = defaultdict(list)
        self._counts["instructions"] += 1
        for completion in record.completions:
            self._count(completion)
            self._scores(record, completion, found)
            self._judging(completion, found)
        self._ties(record, found)
        for key, values in found.items():
            self._means[key].add(values)
        self._agree(record)
        self._place(record)

    def _count(self, completion: Completion) -> None:
        self._counts["completions"] += 1
        self._absent["completions"] += bool(completion.absent)
        self._counts["ratings"] += len(completion.ratings)
        self._absent["ratings"] += sum(map(_unread, completion.ratings))
        if completion.critique is not None:
            self._counts["critiques"] += 1
            self._absent["critiques"] += completion.critique.score is None

    def _scores(self, record: Record, completion: Completion, found: dict[_Key, list[float]]) -> None:
        groups = [
            (("by", by), ("name", name))
            for by, name in (
                ("all", "all"),
                ("model", completion.model),
                ("source", record.source),
                ("principle", completion.principle or "none"),
            )
        ]
        for condition, metric, value, absent in _scored(completion):
            for group in groups:
                key = metric, (*group, *condition)
                if value is not None:
                    found[key].append(value)
                else:
                    self._means[key].add(())
                    (self._not_applicable if absent == NOT_APPLICABLE else self._unread)[key] += 1

    def _judging(self, completion: Completion, found: dict[_Key, list[float]]) -> None:
        for one in completion.ratings:
            if one.kind == "model":
                self._judges[one.judge] = None
            condition = (("judge", one.judge), ("kind", one.kind), ("aspect", one.aspect))
            found["unread_rate", condition].append(float(_unread(one)))
            found["not_applicable_rate", condition].append(float(one.absent == NOT_APPLICABLE))
            found["replies", condition].append(float(one.asked))
        if completion.critique is not None:
            audit = completion.critique.audit or "not audited"
            for name in ("kept", "repaired", "doubtful", "not audited"):
                found["audit_rate", (("audit", name),)].append(float(audit == name))

    def _ties(self, record: Record, found: dict[_Key, list[float]]) -> None:
        scores = {(("score", "fine_grained"), ("kind", kind)): [one.fine_grained(kind) for one in record.completions]
                  for kind in KINDS}  # fmt: skip
        overall = [one.critique.score if one.critique else None for one in record.completions]
        for condition, values in [*scores.items(), ((("score", "overall"), ("kind", "model")), overall)]:
            known = [value for value in values if value is not None]
            found["tie_rate", condition] += [float(a == b) for a, b in combinations(known, 2)]

    def _agree(self, record: Record) -> None:
        pairs: dict[_Key, list[tuple[float, float]]] = defaultdict(list)
        for completion in record.completions:
            for key, pair in _met(completion):
                pairs[key].append(pair)
        if pairs:
            weights = record_weights(record.id, seed=self._seed)
            for key, some in pairs.items():
                self._agreement[key].add(some, weights)

    def _place(self, record: Record) -> None:
        together: dict[tuple[str, str, int], list[tuple[int, float]]] = defaultdict(list)
        for completion in record.completions:
            times: Counter[tuple[str, str]] = Counter()
            for one in completion.ratings:
                if one.place is None:
                    continue
                times[one.judge, one.aspect] += 1
                if one.value is not None:
                    call = one.judge, one.aspect, times[one.judge, one.aspect]
                    together[call].append((one.place, one.value))
        for (judge, aspect, _), rated in together.items():
            self._places[judge, aspect].add(rated)

    def results(self, *, model: str = "") -> list[Result]:
        """The rows, in the order of the module's list."""
        name = model or " + ".join(self._judges)
        rows = [
            _row(what, name, count, count, {"absent": self._absent[what]} if what != "instructions" else {})
            for what, count in self._counts.items()
            if count
        ]
        for (metric, condition), found in self._means.items():
            key = metric, condition
            told: dict[str, Any] = dict(condition)
            if metric in ("rating", "fine_grained", "overall_score"):
                told["not_applicable"] = self._not_applicable[key]
            unread = self._unread[key]
            if found.count + unread:
                rows.append(_row(metric, name, found.mean, found.count + unread, told, found.stderr, unread))
        rows += self._agreement_rows(name)
        rows += self._place_rows(name)
        return rows

    def _agreement_rows(self, model: str) -> Iterator[Result]:
        for (of, condition), table in self._agreement.items():
            found = table.agreement()
            for name in (
                ("spearman", "kendall") if of == "scores" else ("spearman", "kendall", "alpha", "exact")
            ):
                told: dict[str, Any] = {"of": of, **dict(condition), "seed": self._seed}
                if name in found.intervals:
                    told["low"], told["high"] = found.intervals[name]
                yield _row(
                    f"agreement_{name}", model, getattr(found, name), found.n, told, found.errors.get(name)
                )

    def _place_rows(self, model: str) -> Iterator[Result]:
        for (judge, aspect), places in self._places.items():
            condition = {"judge": judge, "aspect": aspect}
            for one in places.effects():
                told = condition | {"place": one.place, "mean": one.mean}
                yield _row("place_deviation", model, one.deviation, one.n, told, one.stderr)
            test = places.test()
            if test is not None:
                told = condition | {"chi2": test.chi2, "df": test.df, "p_value": test.p_value}
                yield _row("place_slope", model, test.slope, test.n, told, test.stderr)


def _unread(rating: Rating) -> bool:
    return rating.value is None and rating.absent != NOT_APPLICABLE


def _scored(completion: Completion) -> Iterator[tuple[tuple[tuple[str, str], ...], str, float | None, str]]:
    """What a completion is scored by: (condition, metric, value, why there is none)."""
    for kind in KINDS:
        given = [one for one in completion.ratings if one.kind == kind]
        for aspect in ASPECTS:
            some = [one for one in given if one.aspect == aspect]
            if some:
                value = completion.rating(aspect, kind)
                yield (("kind", kind), ("aspect", aspect)), "rating", value, _why(some)
        if given:
            yield (("kind", kind),), "fine_grained", completion.fine_grained(kind), _why(given)
    if completion.critique is not None:
        yield (("kind", "model"),), "overall_score", completion.critique.score, completion.critique.absent


def _why(ratings: Sequence[Rating]) -> str:
    """`not applicable` where all say so, else the first failure."""
    return next((one.absent for one in ratings if _unread(one)), NOT_APPLICABLE)


def _met(completion: Completion) -> Iterator[tuple[_Key, tuple[float, float]]]:
    """Two judges on one aspect; and the fine-grained against the overall score."""
    by_judge: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for one in completion.ratings:
        if one.value is not None:
            by_judge[one.aspect, one.kind, one.judge].append(one.value)
    for aspect in ASPECTS:
        judges = sorted((kind, judge) for of, kind, judge in by_judge if of == aspect)
        for first, second in combinations(judges, 2):
            pair = fmean(by_judge[aspect, *first]), fmean(by_judge[aspect, *second])
            for told in (aspect, ALL_ASPECTS):
                condition = (("first", first[1]), ("second", second[1]), ("aspect", told))
                yield ("judges", condition), pair
    if completion.critique is not None and completion.critique.score is not None:
        for kind in KINDS:
            fine = completion.fine_grained(kind)
            if fine is not None:
                yield ("scores", (("kind", kind),)), (fine, completion.critique.score)


def _row(
    metric: str,
    model: str,
    value: float,
    n: int,
    condition: dict[str, Any],
    stderr: float | None = None,
    unparsed: int = 0,
) -> Result:
    return Result(SYSTEM, model, DATASET, SPLIT, metric, float(value), n, condition, stderr, unparsed)
