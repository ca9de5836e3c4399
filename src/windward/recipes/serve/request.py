"""Reads a request for a chat completion; what this endpoint does not do is refused, never left out in silence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from windward.models import Message, Sampling
from windward.recipes.serve.config import ServeConfig
from windward.recipes.serve.errors import RequestError, wrong

Show = Literal["all", "answer"]
_MAX_NAME = 256
_MAX_STOPS = 4
_NO_TOOLS = "the agent has its own tool, a Python interpreter; leave this field out"
_REFUSED: dict[str, tuple[tuple[Any, ...], str]] = {
    "tools": ((None, []), _NO_TOOLS),
    "functions": ((None, []), _NO_TOOLS),
    "tool_choice": ((None, "none", "auto"), _NO_TOOLS),
    "function_call": ((None, "none", "auto"), _NO_TOOLS),
    "n": ((None, 1), "one answer is given to a request; send it again for another"),
    "response_format": ((None, {"type": "text"}), "answers are text; leave this field out"),
    "logprobs": ((None, False), "an answer is made of many replies and has no log-probabilities"),
    "top_logprobs": ((None, 0), "an answer is made of many replies and has no log-probabilities"),
    "logit_bias": ((None, {}), "is not supported; leave this field out"),
    "presence_penalty": ((None, 0), "is not supported; leave this field out"),
    "frequency_penalty": ((None, 0), "is not supported; leave this field out"),
    "modalities": ((None, ["text"]), "answers are text"),
    "audio": ((None,), "answers are text"),
    "prediction": ((None,), "is not supported; leave this field out"),
    "web_search_options": ((None,), "the agent has no network"),
}
"""Fields, the values that change nothing, and what to do about others."""


@dataclass(frozen=True)
class ChatRequest:
    """What a client asks for.

    Attributes:
        messages: system messages first, then users' and assistants'; the last is a user's.
        sampling: of each reply of the model.
        stream: whether the answer is sent while it is made.
        include_usage: whether a stream ends with the usage.
        show: all that the agent does, or its final words.
        scope: tells apart conversations of one client that begin alike.
    """

    messages: tuple[Message, ...]
    sampling: Sampling
    stream: bool
    include_usage: bool
    show: Show
    scope: str


def read_request(raw: bytes, config: ServeConfig) -> ChatRequest:
    """The request in a body.

    Raises:
        RequestError: it cannot be answered; the message says which field, and what to do.
    """
    body = _object(raw)
    _require_model(body.get("model"), config.model)
    for name, (harmless, advice) in _REFUSED.items():
        if not any(_same(body.get(name), value) for value in harmless):
            raise wrong(name, advice, "unsupported_parameter")
    own = _mapping(body, "windward")
    show = own.get("show", "all")
    if show not in get_args(Show):
        raise wrong("windward.show", "say all or answer")
    names = [_name(body.get("user"), "user"), _name(body.get("safety_identifier"), "safety_identifier")]
    return ChatRequest(
        messages=_messages(body.get("messages"), config.max_messages),
        sampling=_sampling(body, config),
        stream=_flag(body, "stream"),
        include_usage=_flag(_mapping(body, "stream_options"), "include_usage"),
        show=show,
        scope=json.dumps([*names, _name(own.get("conversation"), "windward.conversation")]),
    )


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
        # A lone surrogate is a code point that no text has, and that nothing behind us takes.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RequestError(400, "the body is not valid JSON in UTF-8", "invalid_json") from None
    if not isinstance(body, dict):
        raise RequestError(400, "the body must be a JSON object", "invalid_json")
    return body


def _same(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _require_model(asked: Any, served: str) -> None:
    if asked is not None and not isinstance(asked, str):
        raise wrong("model", "must be a string", "invalid_type")
    if asked is not None and asked != served:
        raise RequestError(
            404, f"there is no such model here; ask for {served!r}", "model_not_found", param="model"
        )


def _mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong(name, "must be an object", "invalid_type")
    return value


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise wrong(name, "must be true or false", "invalid_type")
    return bool(value)


def _name(value: Any, param: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _MAX_NAME:
        raise wrong(param, f"must be a string of at most {_MAX_NAME} characters", "invalid_type")
    return value


def _messages(value: Any, most: int) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise wrong("messages", "must be a list with at least one message", "invalid_type")
    if len(value) > most:
        raise wrong("messages", f"there are {len(value)}, at most {most} are taken", "too_many_messages")
    messages = tuple(_message(one, f"messages[{at}]") for at, one in enumerate(value))
    spoken = False
    for at, message in enumerate(messages):
        if message["role"] == "system" and spoken:
            raise wrong(f"messages[{at}]", "put system messages before all others")
        spoken = spoken or message["role"] != "system"
    if messages[-1]["role"] != "user":
        raise wrong("messages", "the last message must be a user's")
    return messages


def _message(value: Any, param: str) -> Message:
    if not isinstance(value, dict):
        raise wrong(param, "must be an object", "invalid_type")
    role = value.get("role")
    if role in ("tool", "function") or value.get("tool_calls") or value.get("function_call"):
        raise wrong(param, _NO_TOOLS, "unsupported_parameter")
    if role == "developer":
        role = "system"
    if role not in ("system", "user", "assistant"):
        raise wrong(f"{param}.role", "must be system, developer, user or assistant")
    return Message(role=role, content=_content(value.get("content"), role, f"{param}.content"))


def _content(value: Any, role: str, param: str) -> str:
    if isinstance(value, str):
        return value
    if value is None and role == "assistant":
        return ""
    if not isinstance(value, list):
        raise wrong(param, "must be a string, or a list of parts of type text", "invalid_type")
    for part in value:
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise wrong(param, "only parts of type text are read", "unsupported_parameter")
    return "".join(part["text"] for part in value)


def _sampling(body: Mapping[str, Any], config: ServeConfig) -> Sampling:
    plain = Sampling()
    seed = body.get("seed")
    if seed is not None and (not _whole(seed) or not -(2**63) <= seed < 2**63):
        raise wrong("seed", "must be a whole number of 64 bits", "invalid_type")
    return Sampling(
        temperature=_number(body, "temperature", 0.0, 2.0, plain.temperature),
        top_p=_top_p(body, plain.top_p),
        max_tokens=_max_tokens(body, config),
        stop=_stops(body.get("stop")),
        seed=seed,
    )


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(body: Mapping[str, Any], name: str, low: float, high: float, default: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise wrong(name, f"must be a number from {low:g} to {high:g}")
    return float(value)


def _top_p(body: Mapping[str, Any], default: float) -> float:
    top_p = _number(body, "top_p", 0.0, 1.0, default)
    if top_p == 0:
        raise wrong("top_p", "must be above 0; use temperature 0 for greedy replies")
    return top_p


def _max_tokens(body: Mapping[str, Any], config: ServeConfig) -> int:
    name = "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    value = body.get(name)
    if value is None:
        return config.new_tokens
    if not _whole(value) or not 1 <= value <= config.max_tokens:
        raise wrong(name, f"must be a whole number from 1 to {config.max_tokens}; it is of each reply")
    return int(value)


def _stops(value: Any) -> tuple[str, ...]:
    stops = [] if value is None else [value] if isinstance(value, str) else value
    if not isinstance(stops, list) or not all(
        isinstance(stop, str) and 0 < len(stop) <= _MAX_NAME for stop in stops
    ):
        raise wrong("stop", f"must be a string, or a list of strings, of 1 to {_MAX_NAME} characters")
    if len(stops) > _MAX_STOPS:
        raise wrong("stop", f"there are {len(stops)}, at most {_MAX_STOPS} are taken")
    return tuple(stops)
