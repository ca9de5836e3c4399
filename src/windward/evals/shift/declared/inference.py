"""Natural language inference: MNLI against ANLI, ContractNLI and WANLI (BOSS, table 1)."""

from __future__ import annotations

from windward.evals.shift.declared.fields import Reading, column, labelled, place, text
from windward.evals.shift.task import Dataset, Record, Task

LABELS = ("entailment", "neutral", "contradiction")
_PLACES: dict[str, int | None] = {
    **{name: place for place, name in enumerate(LABELS)},
    "e": 0,
    "n": 1,
    "c": 2,
    "notmentioned": 1,
}


def _pair(record: Record) -> Reading:
    label = next(
        (record[name] for name in ("gold_label", "gold", "label") if record.get(name) is not None), None
    )
    if not {"gold_label", "gold", "label"} & record.keys():
        column(record, "gold_label", "gold", "label")  # says what is there instead
    return (
        text(record, "premise", "sentence1", "context"),
        text(record, "hypothesis", "sentence2"),
        place(label, _PLACES, (0, 1, 2)),
    )


_EXAMPLE = labelled(_pair, len(LABELS), pairs=True)
MNLI = Dataset(
    name="MNLI",
    hub="nyu-mll/multi_nli",
    splits={"train": "train", "dev": "validation_mismatched", "test": "validation_matched"},
    example=_EXAMPLE,
    note="the labels of its own test sets are secret: its matched development set is the test set",
)
ANLI = Dataset(
    name="ANLI",
    hub="facebook/anli",
    splits={
        "train": "train_r1+train_r2+train_r3",
        "dev": "dev_r1+dev_r2+dev_r3",
        "test": "test_r1+test_r2+test_r3",
    },
    example=_EXAMPLE,
)
CONTRACT_NLI = Dataset(
    name="ContractNLI",
    hub="",
    splits={"train": "train", "dev": "dev", "test": "test"},
    example=_EXAMPLE,
    note="train.json, dev.json and test.json from https://stanfordnlp.github.io/contract-nli, which asks to accept its terms",
)
WANLI = Dataset(
    name="WANLI",
    hub="alisawuffles/WANLI",
    splits={"train": "train", "test": "test"},
    example=_EXAMPLE,
)
TASK = Task(
    name="inference",
    kind="classification",
    id=MNLI,
    ood=(ANLI, CONTRACT_NLI, WANLI),
    labels=LABELS,
    metric="accuracy",
    merged={name: {"neutral": "contradiction"} for name in ("BioNLI", "DocNLI", "QNLI")},
)
