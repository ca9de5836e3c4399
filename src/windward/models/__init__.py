"""Models: the protocol, OpenAI-compatible endpoints, local checkpoints, the embedded default, replay, scripts."""

from windward.models.protocol import (
    ContextOverflowError,
    Message,
    Model,
    ModelError,
    Reply,
    Sampling,
    Usage,
)

__all__ = ["ContextOverflowError", "Message", "Model", "ModelError", "Reply", "Sampling", "Usage"]
