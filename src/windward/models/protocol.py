"""The small protocol that every system is written over: messages in, one reply out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, TypedDict, runtime_checkable

Role = Literal["system", "user", "assistant"]


class Message(TypedDict):
    """One chat message; a plain dict, so that rows on disk hold the very same thing."""

    role: Role
    content: str


@dataclass(frozen=True)
class Sampling:
    """How a reply is drawn. Part of a call's identity in the journal.

    Attributes:
        temperature: 0 is greedy.
        top_p: nucleus mass in (0, 1].
        max_tokens: new tokens at most.
        stop: the reply ends before the first of these strings (which is not part of it).
        seed: for samplers that take one; with `sample` it fixes the draw.
        logprobs: ask for the log-probability (nats) of each generated token.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    seed: int | None = None
    logprobs: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The parameters as plain JSON types."""
        return asdict(self) | {"stop": list(self.stop)}


@dataclass(frozen=True)
class Usage:
    """What a call used: tokens, and money in US dollars (0 for a local model)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost + other.cost,
        )


FinishReason = Literal["stop", "length", "content_filter", "other"]


@dataclass(frozen=True)
class Reply:
    """What a model answered.

    Attributes:
        text: the completion, stop string removed.
        finish: why it ended.
        usage: tokens and cost of this call.
        logprobs: one log-probability (nats) a generated token, where asked for.
        model: the name that answered.
        raw: the provider's reply as it came (JSON types only); empty for local models.
    """

    text: str
    finish: FinishReason = "stop"
    usage: Usage = field(default_factory=Usage)
    logprobs: tuple[float, ...] | None = None
    model: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class Model(Protocol):
    """Anything that answers messages.

    `name` must say everything that changes the answers (a checkpoint's content hash, not only its path):
    it is part of a call's key in the journal. `sample` tells apart several draws of one prompt.
    """

    @property
    def name(self) -> str:
        """Identity of the model in journals and result tables."""
        ...

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling = ..., *, sample: int = 0
    ) -> Reply:
        """Answers `messages`.

        Raises:
            ModelError: the call failed for good; the message says what, where and what to do.
        """
        ...


class ModelError(Exception):
    """A call that cannot succeed as it stands.

    Attributes:
        retryable: whether the same call may succeed later (429, 5xx, a cut body).
        retry_after: seconds that the endpoint asked us to wait, where it did.
        status: HTTP status, where there was one.
        raw: the body as received, kept for the journal.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
        raw: str | None = None,
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after = retry_after
        self.status = status
        self.raw = raw


class ContextOverflowError(ModelError):
    """The prompt (plus the new tokens asked for) does not fit the model's context."""
