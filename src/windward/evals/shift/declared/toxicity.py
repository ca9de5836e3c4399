"""Toxicity: Civil Comments against AdvCivil, Implicit Hate and ToxiGen (BOSS, table 1)."""

from __future__ import annotations

import re

from windward.evals.shift.declared.fields import BOSS_ARCHIVE, Reading, labelled, number, place, text
from windward.evals.shift.task import Dataset, Record, Task

LABELS = ("benign", "toxic")
_BYTES = re.compile(r"""b'(?:[ -&(-[\]-~]|\\[ -~])*'|b"(?:[ !#-[\]-~]|\\[ -~])*\"""")


def _civil(record: Record) -> Reading:
    return text(record, "text", "comment_text"), "", int(number(record, "toxicity", "target") >= 0.5)


def _advcivil(record: Record) -> Reading:
    return text(record, "text"), "", place(record.get("label"), {"benign": 0, "toxic": 1}, (0, 1))


def _implicit(record: Record) -> Reading:
    found = place(text(record, "class"), {"not_hate": 0, "implicit_hate": 1, "explicit_hate": 1})
    return text(record, "post"), "", found


def _toxigen(record: Record) -> Reading:
    mean = (number(record, "toxicity_ai") + number(record, "toxicity_human")) / 2
    return _decoded(text(record, "text")), "", int(mean >= 3)


def _decoded(said: str) -> str:
    """The text of a literal of bytes, `b'…'`, as which ToxiGen's own CSV files have it; every other text as it is."""
    if _BYTES.fullmatch(said) is None:
        return said
    return said[2:-1].encode("ascii").decode("unicode_escape").encode("latin-1").decode("utf-8", "replace")


CIVIL = Dataset(
    name="CivilComments",
    hub="google/civil_comments",
    splits={"train": "train", "dev": "validation", "test": "test"},
    example=labelled(_civil, len(LABELS)),
    cap=30_000,
)
ADVCIVIL = Dataset(
    name="AdvCivil",
    hub="",
    splits={"test": "test"},
    example=labelled(_advcivil, len(LABELS)),
    note=f"made by the authors of BOSS from Civil Comments by an attack on a model, and only in {BOSS_ARCHIVE}",
)
IMPLICIT_HATE = Dataset(
    name="ImplicitHate",
    hub="",
    splits={"test": "implicit_hate_v1_stg1_posts"},
    example=labelled(_implicit, len(LABELS)),
    note="its authors ask for a form, linked from https://github.com/SALT-NLP/implicit-hate; the whole of "
    "implicit_hate_v1_stg1_posts.tsv is the test set",
)
TOXIGEN = Dataset(
    name="ToxiGen",
    hub="toxigen/toxigen-data:annotated",
    splits={"train": "train", "test": "test"},
    example=labelled(_toxigen, len(LABELS)),
    note="its authors ask for a form, linked from https://github.com/microsoft/TOXIGEN, and the hub for an account that has "
    "accepted its terms",
)
TASK = Task(
    name="toxicity",
    kind="classification",
    id=CIVIL,
    ood=(ADVCIVIL, IMPLICIT_HATE, TOXIGEN),
    labels=LABELS,
    metric="accuracy",
)
