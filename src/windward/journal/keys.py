"""The identity of a call, and of a row: a hash of everything that decides the answer, and of nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from functools import lru_cache
from typing import Any, overload

from windward.models.encoding import canonical, messages_text
from windward.models.protocol import Message, Sampling

_encode_lenient = json.JSONEncoder(default=str).encode


def lenient(value: Any) -> str:
    """`value` as JSON in its own order, foreign types as text: what was paid for is kept in any case."""
    return _encode_lenient(value)


@overload
def storable(text: str) -> str: ...
@overload
def storable(text: None) -> None: ...
def storable(text: str | None) -> str | None:
    """Text that SQLite takes: lone surrogates become question marks."""
    return None if text is None else text.encode(errors="replace").decode()


@lru_cache(maxsize=256)
def _sampling_text(sampling: Sampling) -> str:
    return canonical(sampling.as_dict())


def request_text(model: str, messages: Sequence[Message], sampling: Sampling, sample: int) -> str:
    """The call as canonical JSON: `messages`, `model`, `sample`, `sampling`."""
    return (
        f'{{"messages":{messages_text(messages)},"model":{canonical(model)},'
        f'"sample":{int(sample)},"sampling":{_sampling_text(sampling)}}}'
    )


def digest(text: str) -> str:
    """SHA-256 of `text`, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def call_key(model: str, messages: Sequence[Message], sampling: Sampling, sample: int = 0) -> str:
    """The key under which a call is journaled: model, canonical messages, parameters and sample index."""
    return digest(request_text(model, messages, sampling, sample))


def row_digest(row: Any) -> str:
    """A hash of a row's content, so that a stored outcome is not taken for that of a changed row.

    Raises:
        TypeError: the row is neither JSON, a mapping nor a dataclass of these.
    """
    try:
        return digest(json.dumps(row, sort_keys=True, default=_plain))
    except TypeError as error:
        raise TypeError(
            f"a row must be plain data (JSON types, dataclasses of these), not {type(row)}: {error}"
        ) from None


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not plain data")
