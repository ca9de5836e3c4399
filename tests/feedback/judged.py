"""Records to judge, and judges that read what they are shown."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from windward.feedback import Completion, Record
from windward.models import Message

DATA = Path(os.environ["WINDWARD_DATA"]) if os.environ.get("WINDWARD_DATA") else None
needs_data = pytest.mark.skipif(DATA is None, reason="WINDWARD_DATA is not set")


def reference(name: str) -> Any:
    """A file of cases with the release's own outcome; skips where it is not there."""
    assert DATA is not None
    path = DATA.parent / "reference" / "ultrafeedback" / f"{name}.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return json.loads(path.read_text("utf-8"))


def record_of(*texts: str, **fields: Any) -> Record:
    """A record whose completions say `texts`, by models a, b, c, …."""
    completions = tuple(Completion(model=chr(97 + place), text=text) for place, text in enumerate(texts))
    return Record(
        **{"id": "r", "source": "evol_instruct", "instruction": "Do it."} | fields, completions=completions
    )


def shown_texts(messages: Sequence[Message]) -> dict[int, str]:
    """Label and text of each completion in a judge's prompt."""
    found = re.findall(
        r"\[begin Text (\d+) (\w+)\]\n(.*?)\n\[end Text \1 \2\]", messages[-1]["content"], re.S
    )
    return {int(label): text for label, _, text in found}


def sections(ratings: dict[int, object]) -> str:
    """A reply with one section a text, in the order of the dict."""
    return "\n\n".join(
        f"#### Text {label}\nRationale: ok.\nRating: {rating}" for label, rating in ratings.items()
    )


def reader(rate: Callable[[int, str], object]) -> Callable[[Sequence[Message]], str]:
    """A judge that rates by label and text."""
    return lambda messages: sections(
        {label: rate(label, text) for label, text in shown_texts(messages).items()}
    )
