"""Models: the protocol, OpenAI-compatible endpoints, local checkpoints, the embedded default, replay, scripts; sentence encoders."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from windward.models.asking import Parsed, Parser, ask
from windward.models.protocol import (
    ContextOverflowError,
    Message,
    Model,
    ModelError,
    Reply,
    Sampling,
    Usage,
)

if TYPE_CHECKING:
    from windward.models.embedded_checkpoint import embedded_path
    from windward.models.local_model import Local, embedded, local
    from windward.models.openai_compatible import OpenAICompatible
    from windward.models.replay_model import replay
    from windward.models.resolving import resolve
    from windward.models.scripted_model import scripted
    from windward.models.sentence_model import SentenceEncoder, sentence_encoder

# Read at first use: what a protocol needs must not wait for a deep-learning library.
_HOMES = {
    "Local": "local_model",
    "OpenAICompatible": "openai_compatible",
    "SentenceEncoder": "sentence_model",
    "embedded": "local_model",
    "embedded_path": "embedded_checkpoint",
    "local": "local_model",
    "replay": "replay_model",
    "resolve": "resolving",
    "scripted": "scripted_model",
    "sentence_encoder": "sentence_model",
}

__all__ = [
    "ContextOverflowError",
    "Local",
    "Message",
    "Model",
    "ModelError",
    "OpenAICompatible",
    "Parsed",
    "Parser",
    "Reply",
    "Sampling",
    "SentenceEncoder",
    "Usage",
    "ask",
    "embedded",
    "embedded_path",
    "local",
    "replay",
    "resolve",
    "scripted",
    "sentence_encoder",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
