"""Questions: SQuAD against AdversarialQA, NewsQA and SearchQA (BOSS, table 1)."""

from __future__ import annotations

from windward.evals.shift.declared.fields import question
from windward.evals.shift.task import Dataset, Task

SQUAD = Dataset(
    name="SQuAD",
    hub="rajpurkar/squad",
    splits={"train": "train", "test": "validation"},
    example=question,
    note="its own test set is secret: its development set is the test set",
)
ADV_QA = Dataset(
    name="AdvQA",
    hub="UCLNLP/adversarial_qa:adversarialQA",
    splits={"train": "train", "test": "validation"},
    example=question,
    note="its own test set has no answers: its development set is the test set; of its files, give the folder `combined`",
)
NEWS_QA = Dataset(
    name="NewsQA",
    hub="lucadiliello/newsqa",
    splits={"train": "train", "test": "validation"},
    example=question,
    note="as MRQA 2019 has it: its development set is the test set; NewsQA.jsonl of MRQA is read as well",
)
SEARCH_QA = Dataset(
    name="SearchQA",
    hub="lucadiliello/searchqa",
    splits={"train": "train", "test": "validation"},
    example=question,
    note="as MRQA 2019 has it: its development set is the test set; SearchQA.jsonl of MRQA is read as well",
)
TASK = Task(
    name="questions",
    kind="questions",
    id=SQUAD,
    ood=(ADV_QA, NEWS_QA, SEARCH_QA),
    labels=(),
    metric="f1",
)
