"""What an OpenAI-compatible endpoint can do wrong, said so that a reader knows what, where and what to do."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from windward.models.protocol import ContextOverflowError, ModelError

# What OpenAI, vLLM, SGLang, llama-server, Ollama and OpenRouter say when a prompt does not fit.
_OVERFLOW = re.compile(
    r"context[ _]length|context[ _]window|maximum context|context size|"
    r"(prompt|input|request)[^.]{0,40} (is )?too (long|large)|longer than the (model|context)",
    re.IGNORECASE,
)
_RETRYABLE = frozenset({408, 409, 425, 429})


@dataclass(frozen=True)
class Endpoint:
    """Where calls go, as errors name it."""

    url: str
    model: str
    timeout: float
    has_key: bool

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def needs_key(self) -> bool:
        """OpenAI itself; of other servers only their answer tells."""
        return urlsplit(self.url).hostname == "api.openai.com"


def timed_out(endpoint: Endpoint) -> ModelError:
    """No whole reply in time."""
    return ModelError(
        f"no reply from {endpoint.url} within {endpoint.timeout:g} s: raise the timeout, ask for fewer tokens, or "
        "send fewer calls at once",
        retryable=True,
    )


def no_connection(endpoint: Endpoint, error: aiohttp.ClientError) -> ModelError:
    """No HTTP reply at all."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        unknown = getattr(error.os_error, "errno", None) in (socket.EAI_NONAME, socket.EAI_NODATA)
        return ModelError(
            f"cannot find the host {endpoint.host}: check the spelling of base_url, and the network",
            retryable=not unknown,
        )
    if isinstance(error, aiohttp.ClientSSLError):
        return ModelError(
            f"no secure connection to {endpoint.url} ({error}): check https/http and the certificate"
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        return ModelError(
            f"cannot connect to {endpoint.host} ({error.os_error.strerror or error}): is the server running, and is "
            "the port of base_url right?",
            retryable=True,
        )
    return ModelError(
        f"{endpoint.url} closed the connection before it answered ({type(error).__name__}: {error}): look at the "
        "server's log if it happens again",
        retryable=True,
    )


def broken_body(endpoint: Endpoint, raw: str, cause: Exception) -> ModelError:
    """Status 200, but the body is cut, empty or no JSON."""
    if isinstance(cause, aiohttp.ClientError):
        what = f"a reply that was cut after {len(raw)} characters"
    elif not raw.strip():
        what = "an empty reply"
    else:
        what = f"a reply that is no JSON ({_short(raw)})"
    return ModelError(
        f"{endpoint.url} sent {what}: if it does so every time, check that base_url is an OpenAI-compatible endpoint "
        "(it usually ends in /v1)",
        retryable=True,
        status=200,
        raw=raw,
    )


def unusable(endpoint: Endpoint, payload: Any, raw: str) -> ModelError:
    """Status 200 and JSON, but no completion in it."""
    told = payload.get("error") if isinstance(payload, dict) else None
    if told:
        code = told.get("code") if isinstance(told, dict) else None
        if isinstance(code, int) and code >= 400:
            return refused(endpoint, code, raw, {})
    return ModelError(
        f"{endpoint.url} sent JSON without a completion ({_short(raw)}): check that base_url is an OpenAI-compatible "
        "endpoint",
        retryable=True,
        status=200,
        raw=raw,
    )


def refused(endpoint: Endpoint, status: int, raw: str, headers: Mapping[str, str]) -> ModelError:
    """Any status but 200."""
    told = _told(raw)
    if status in (400, 413, 422) and _OVERFLOW.search(raw):
        return ContextOverflowError(
            f"the prompt does not fit the context of {endpoint.model} at {endpoint.host} ({told}): shorten it, or ask "
            "for fewer new tokens",
            status=status,
            raw=raw,
        )
    quota = "insufficient_quota" in raw
    retryable = (status in _RETRYABLE or status >= 500) and not quota
    return ModelError(
        f"{endpoint.url} answered {status} ({told}): {_advice(endpoint, status, quota)}",
        retryable=retryable,
        retry_after=retry_after(headers) if retryable else None,
        status=status,
        raw=raw,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` (a number, or an HTTP date) or `Retry-After-Ms` ask for; None without."""
    try:
        if (milliseconds := headers.get("Retry-After-Ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        if (value := headers.get("Retry-After")) is None:
            return None
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value):
            return float(value)
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None  # a header that says nothing; our own backoff decides


def _advice(endpoint: Endpoint, status: int, quota: bool) -> str:
    if quota:
        return "the account's credit is used up"
    if status == 401:
        sent = "the API key was not accepted" if endpoint.has_key else "it wants an API key"
        return f"{sent}: set OPENAI_API_KEY, or pass api_key"
    if status == 403:
        return f"this key may not use {endpoint.model}"
    if status == 404:
        return (
            f"no model {endpoint.model!r} there, or no such path: check the model's name, and base_url (it usually "
            "ends in /v1)"
        )
    if status == 429:
        return "too many requests: lower the rate or the concurrency in Limits"
    if status >= 500:
        return "the server failed: look at its log if it happens again"
    return "the request was not accepted: check the model's name and the sampling parameters"


def _told(raw: str) -> str:
    """The server's own words, out of the usual shapes of an error body."""
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError):
        return _short(raw) or "no text"
    error = payload.get("error", payload) if isinstance(payload, dict) else payload
    message = (error.get("message") or error.get("detail")) if isinstance(error, dict) else error
    return _short(str(message or raw))


def _short(text: str, limit: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit] + "…"
