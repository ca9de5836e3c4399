"""Sentiment: Amazon against DynaSent, SemEval and SST (BOSS, table 1)."""

from __future__ import annotations

from windward.evals.shift.declared.fields import BOSS_ARCHIVE, Reading, labelled, number, place, text
from windward.evals.shift.task import Dataset, Record, ShiftError, Task

LABELS = ("negative", "positive", "neutral")
_PLACES: dict[str, int | None] = {name: place for place, name in enumerate(LABELS)}
_STARS: dict[float, int | None] = {1: 0, 2: None, 3: 2, 4: None, 5: 1}


def _amazon(record: Record) -> Reading:
    stars = number(record, "overall", "rating")
    if stars not in _STARS:
        raise ShiftError(f"{stars:g} stars, not 1 to 5")
    return str(record.get("reviewText") or record.get("text") or ""), "", _STARS[stars]


def _dynasent(record: Record) -> Reading:
    return (
        text(record, "sentence"),
        "",
        place(record.get("gold_label"), {**_PLACES, "mixed": None, "none": None}),
    )


def _semeval(record: Record) -> Reading:
    if "0" not in record:
        return text(record, "text"), "", place(record.get("label"), _PLACES, (0, 2, 1))
    said = " ".join(record[key].strip() for key in sorted(record, key=int)[2:])
    return said.strip(), "", place(text(record, "1"), _PLACES)


def _sst(record: Record) -> Reading:
    value = number(record, "label")
    if not 0 <= value <= 1:
        raise ShiftError(f"label {value:g} is not from 0 to 1: a set of classes, where SST has shades")
    found = 0 if value < 0.2 else 1 if value >= 0.8 else 2 if 0.4 <= value < 0.6 else None
    return text(record, "sentence"), "", found


AMAZON = Dataset(
    name="Amazon",
    hub="",
    splits={"train": "all[0:80]", "dev": "all[80:90]", "test": "all[90:100]"},
    example=labelled(_amazon, len(LABELS)),
    cap=10_000,
    note="the reviews of 2018 as JSON lines, a file a category, from https://nijianmo.github.io/amazon (lines with rating and "
    f"text, as in the edition of 2023, are read as well), or {BOSS_ARCHIVE}",
)
DYNASENT = Dataset(
    name="DynaSent",
    hub="dynabench/dynasent",
    splits={
        "train": "dynabench.dynasent.r1.all:train+dynabench.dynasent.r2.all:train",
        "dev": "dynabench.dynasent.r1.all:validation+dynabench.dynasent.r2.all:validation",
        "test": "dynabench.dynasent.r1.all:test+dynabench.dynasent.r2.all:test",
    },
    example=labelled(_dynasent, len(LABELS)),
    note="on the hub as a script, which datasets no longer runs: take the JSON lines of both rounds from "
    f"https://github.com/cgpotts/dynasent, or {BOSS_ARCHIVE}",
)
SEMEVAL = Dataset(
    name="SemEval",
    hub="",
    splits={"train": "twitter-2016train-A", "dev": "twitter-2016dev-A", "test": "twitter-2016test-A"},
    example=labelled(_semeval, len(LABELS)),
    note="the English files of subtask A of 2016, in the archive 2017_English_final of SemEval-2017 task 4, or "
    f"{BOSS_ARCHIVE}; cardiffnlp/tweet_eval is the test set of 2017, which is another one",
)
SST = Dataset(
    name="SST",
    hub="stanfordnlp/sst:default",
    splits={"train": "train", "dev": "validation", "test": "test"},
    example=labelled(_sst, len(LABELS)),
)
TASK = Task(
    name="sentiment",
    kind="classification",
    id=AMAZON,
    ood=(DYNASENT, SEMEVAL, SST),
    labels=LABELS,
    metric="accuracy",
    mask=dict.fromkeys(("DSC", "IMDb", "SST-2"), LABELS[:2]),
)
