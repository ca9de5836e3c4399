"""Named entities: Few-NERD's eight coarse types against CoNLL, E-NER and WNUT (BOSS, table 1)."""

from __future__ import annotations

from windward.evals.shift.declared.fields import BOSS_ARCHIVE, tagged
from windward.evals.shift.task import Dataset, Task

TYPES = ("location", "person", "organization", "miscellaneous", "building", "art", "product", "event")
_OWN = {name: name for name in TYPES}
_CONLL = {"loc": "location", "per": "person", "org": "organization", "misc": "miscellaneous"}
_COURTS = {
    "business": "organization",
    "government": "organization",
    "court": "organization",
    "legislation/act": "miscellaneous",
}
_WNUT = {"corporation": "organization", "group": "organization", "creative-work": "art"}
_FEW_NERD_NUMBERS = (
    "O",
    "art",
    "building",
    "event",
    "location",
    "organization",
    "other",
    "person",
    "product",
)
_CONLL_NUMBERS = ("O", *(f"{begin}-{name}" for name in ("PER", "ORG", "LOC", "MISC") for begin in "BI"))
_WNUT_NUMBERS = (
    "O",
    *(
        f"{begin}-{name}"
        for name in ("corporation", "creative-work", "group", "location", "person", "product")
        for begin in "BI"
    ),
)

FEW_NERD = Dataset(
    name="Few-NERD",
    hub="DFKI-SLT/few-nerd:supervised",
    splits={"train": "train", "dev": "validation", "test": "test"},
    example=tagged(_OWN | {"other": "miscellaneous"}, _FEW_NERD_NUMBERS),
    note="the supervised setting; files from https://github.com/thunlp/Few-NERD are read as well",
)
CONLL = Dataset(
    name="CoNLL",
    hub="eriktks/conll2003",
    splits={"train": "train", "dev": "validation", "test": "test"},
    example=tagged(_OWN | _CONLL, _CONLL_NUMBERS),
    note="the texts are Reuters': the licence is NIST's",
)
E_NER = Dataset(
    name="E-NER",
    hub="",
    splits={"test": "edgar_all_4"},
    example=tagged(_OWN | _CONLL | _COURTS),
    note=f"edgar_all_4.csv from https://github.com/terenceau2/E-NER-Dataset (CC BY-NC-SA 4.0), or {BOSS_ARCHIVE}; the whole of it "
    'is the test set, in which a comma is the word """,""", as in the file',
)
WNUT = Dataset(
    name="WNUT",
    hub="leondz/wnut_17",
    splits={"train": "train", "dev": "validation", "test": "test"},
    example=tagged(_OWN | _WNUT, _WNUT_NUMBERS),
)
TASK = Task(
    name="entities",
    kind="tagging",
    id=FEW_NERD,
    ood=(CONLL, E_NER, WNUT),
    labels=TYPES,
    metric="entity_f1",
    mask={
        "CoNLL": TYPES[:4],
        "E-NER": TYPES[:4],
        "WNUT": ("location", "person", "organization", "art", "product"),
    },
)
