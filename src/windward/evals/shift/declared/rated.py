"""Rated sentences of four domains, as a task that runs without a download of its own (Hutto and Gilbert 2014).

Amazon reviews are in distribution, cut 70/10/20 into train, dev and test. Of the three others, 30 % are kept for
demonstrations (`train`) and the other 70 % are the test set, so that no demonstration is ever tested on; `whole` is all of a set.
"""

from __future__ import annotations

from windward.evals.shift.declared.fields import Reading, labelled, number, text
from windward.evals.shift.declared.sentiment import LABELS
from windward.evals.shift.task import Dataset, Record, Task

CLEAR = 0.5
"""From this mean rating on, of -4 to 4, a sentence is positive; from its negative down, negative."""
NOTE = "the file {} of the source package of vaderSentiment 0.5 (PyPI), in the folder shift/ of WINDWARD_DATA"


def _rated(record: Record) -> Reading:
    rating = number(record, "rating", "1")
    found = 0 if rating <= -CLEAR else 1 if rating >= CLEAR else 2
    return text(record, "text", "2"), "", found


def _set(name: str, file: str, splits: dict[str, str]) -> Dataset:
    return Dataset(
        name=name,
        hub="",
        splits={split: file + share for split, share in splits.items()},
        example=labelled(_rated, len(LABELS)),
        note=NOTE.format(f"{file}.tsv"),
    )


_KEPT = {"train": "[0:30]", "test": "[30:100]", "whole": ""}
AMAZON = _set(
    "amazon", "amazonReviewSnippets", {"train": "[0:70]", "dev": "[70:80]", "test": "[80:100]", "whole": ""}
)
MOVIE = _set("movie", "movieReviewSnippets", _KEPT)
NYT = _set("nyt", "nytEditorialSnippets", _KEPT)
TWEETS = _set("tweets", "tweets", _KEPT)
TASK = Task(
    name="rated",
    kind="classification",
    id=AMAZON,
    ood=(MOVIE, NYT, TWEETS),
    labels=LABELS,
    metric="accuracy",
    mask={"SST-2": LABELS[:2]},
)
