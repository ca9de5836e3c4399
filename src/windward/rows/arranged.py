"""What a file of arranged rows says of itself: by what method, and for which target rows, so that nobody tests on them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

NOTE = b"windward.arrangement"
"""Key of the note in a Parquet file's metadata."""
PROMPTS = ("prompt", "problem", "question", "instruction", "inputs")
ANSWERS = ("answer", "solution", "response", "completion", "output", "targets")
"""Columns of a row without `messages`: the first of these that says something is what is asked, and what is answered."""


def note_of(path: Path) -> dict[str, Any] | None:
    """The note of a Parquet file of rows; None where they were not arranged.

    A note holds at least `method`, `target` (name of the target file), `targets` (how many rows) and `target_prompts`
    (`prompt_digest` of each).
    """
    found = (pq.read_schema(path).metadata or {}).get(NOTE)
    return None if found is None else dict(json.loads(found))


def with_note(metadata: Mapping[bytes, bytes] | None, note: Mapping[str, Any]) -> dict[bytes, bytes]:
    """A Parquet file's metadata and the note."""
    return {**(metadata or {}), NOTE: json.dumps(note).encode()}


def prompt_digest(prompt: str) -> str:
    """16 hexadecimal digits that equal prompts share, whatever their case and spaces; signs count, as they tell problems apart."""
    return hashlib.sha256(" ".join(prompt.casefold().split()).encode()).hexdigest()[:16]


def among_targets(note: Mapping[str, Any], prompts: Iterable[str]) -> list[int]:
    """Places of the prompts that are among the targets of a note: rows that must not be tested on."""
    targets = frozenset(note.get("target_prompts", ()))
    return [place for place, prompt in enumerate(prompts) if prompt_digest(prompt) in targets]
