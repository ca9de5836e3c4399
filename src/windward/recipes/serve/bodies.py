"""What OpenAI's clients read: completions, chunks of them, models."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from windward.models import Usage
from windward.recipes.serve.answers import Answer

DONE = b"data: [DONE]\n\n"


class Completion:
    """The bodies of one answer, which share an identity.

    Attributes:
        id: made by us.
    """

    def __init__(self, model: str) -> None:
        self.id = f"chatcmpl-{secrets.token_hex(12)}"
        self._created = int(time.time())
        self._model = model

    def whole(self, answer: Answer) -> dict[str, Any]:
        """An answer that is sent at its end."""
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": answer.text, "refusal": None},
            "logprobs": None,
            "finish_reason": _finish(answer),
        }
        return self._body("chat.completion", [choice]) | {
            "usage": _usage(answer.usage),
            "windward": _extra(answer),
        }

    def opened(self) -> bytes:
        """The first chunk."""
        return self._chunk({"role": "assistant", "content": ""})

    def piece(self, text: str) -> bytes:
        """A chunk of text."""
        return self._chunk({"content": text})

    def ended(self, answer: Answer, *, usage: bool) -> bytes:
        """The last chunks."""
        choice = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": _finish(answer)}
        body = self._body("chat.completion.chunk", [choice]) | {"windward": _extra(answer)}
        if not usage:
            return event(body)
        last = self._body("chat.completion.chunk", []) | {"usage": _usage(answer.usage)}
        return event(body) + event(last)

    def _chunk(self, delta: dict[str, Any]) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        return event(self._body("chat.completion.chunk", [choice]))

    def _body(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self._created,
            "model": self._model,
            "choices": choices,
        }


def event(body: dict[str, Any]) -> bytes:
    """A server-sent event; JSON in ASCII holds no line break."""
    return f"data: {json.dumps(body)}\n\n".encode()


def models(name: str, started: int) -> dict[str, Any]:
    """The list of the one model."""
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": started, "owned_by": "windward"}],
    }


def _finish(answer: Answer) -> str:
    return "length" if answer.cut else "stop"


def _usage(usage: Usage) -> dict[str, int]:
    prompt, completion = usage.prompt_tokens, usage.completion_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _extra(answer: Answer) -> dict[str, Any]:
    session = "continued" if answer.continued else "new"
    return {"session": session, "ended": answer.ended, "turns": answer.turns}
