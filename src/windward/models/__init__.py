"""Models: the protocol, OpenAI-compatible endpoints, local checkpoints, the embedded default, replay, scripts."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
    from windward.models.openai_compatible import OpenAICompatible

# Imported when first asked for: they bring aiohttp or torch with them.
_LAZY = {"OpenAICompatible": "windward.models.openai_compatible"}

__all__ = [
    "ContextOverflowError",
    "Message",
    "Model",
    "ModelError",
    "OpenAICompatible",
    "Reply",
    "Sampling",
    "Usage",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
