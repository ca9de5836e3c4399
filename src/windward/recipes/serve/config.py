"""What a served agent may use, and who may ask it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from windward.agents import CELL_LIMITS
from windward.interpreter import Isolation, Limits

LOCAL = "local"
"""The client of a server that asks for no token."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
_TOKEN = re.compile(r"[\x21-\x7e]{8,512}")


class ConfigError(Exception):
    """The server cannot be started as it was asked to."""


@dataclass(frozen=True)
class ServeConfig:
    """How an agent is served.

    Attributes:
        model: the name that clients call it by.
        host: address to listen on; any but this machine's own demands tokens.
        port: 0 is any free one.
        tokens: token by client's name; empty asks for none.
        turns: calls of the model in one answer.
        seconds: wall time of one answer; it is stopped then, and what was done so far is the answer.
        new_tokens: tokens of one reply where a request says nothing.
        max_tokens: tokens of one reply that a request may ask for.
        max_messages: messages of one request.
        body_mb: MiB of one request.
        requests_per_minute: of one client.
        client_answers: answers of one client at once.
        answers: answers at once, of all clients.
        client_conversations: interpreters that are kept for one client; the one used longest ago is closed first.
        conversations: interpreters that are kept for all clients.
        idle_minutes: an interpreter that was not used for so long is closed.
        figure_kb: KiB of one figure that is shown.
        figures: figures shown in one answer.
        cell: what the code of one turn may use.
        isolation: of the code; `none` only for a model that you trust.
    """

    model: str
    host: str = "127.0.0.1"
    port: int = 8008
    tokens: Mapping[str, str] = field(default_factory=dict)
    turns: int = 10
    seconds: float = 120.0
    new_tokens: int = 1_024
    max_tokens: int = 4_096
    max_messages: int = 256
    body_mb: float = 8.0
    requests_per_minute: int = 60
    client_answers: int = 4
    answers: int = 16
    client_conversations: int = 16
    conversations: int = 64
    idle_minutes: float = 30.0
    figure_kb: int = 256
    figures: int = 8
    cell: Limits = CELL_LIMITS
    isolation: Isolation = "auto"

    def __post_init__(self) -> None:
        """Refuses what cannot be served, or not safely.

        Raises:
            ConfigError: the message says what to change.
        """
        if not self.tokens and not is_loopback(self.host):
            raise ConfigError(
                f"{self.host} can be reached from other machines: give --token (or WINDWARD_TOKEN, or --clients), "
                "or listen on 127.0.0.1"
            )
        for name, token in self.tokens.items():
            if not _NAME.fullmatch(name):
                raise ConfigError("a client's name is 1 to 32 letters, digits, - or _")
            if not _TOKEN.fullmatch(token):
                raise ConfigError(
                    f"the token of {name} must be 8 to 512 printable ASCII characters, no spaces"
                )
        if len(set(self.tokens.values())) < len(self.tokens):
            raise ConfigError("two clients have the same token: each needs its own")
        for limit in (
            "turns", "seconds", "new_tokens", "max_tokens", "max_messages", "body_mb", "requests_per_minute",
            "client_answers", "answers", "client_conversations", "conversations", "idle_minutes",
        ):  # fmt: skip
            if not getattr(self, limit) > 0:
                raise ConfigError(f"{limit} is {getattr(self, limit)}; it must be above 0")
        if self.new_tokens > self.max_tokens:
            raise ConfigError(f"new_tokens ({self.new_tokens}) exceeds max_tokens ({self.max_tokens})")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_clients(text: str) -> dict[str, str]:
    """Tokens by client out of a file: a name and a token a line; `#` begins a comment.

    Raises:
        ConfigError: a line is something else; the message names it, not the token.
    """
    tokens: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2 or words[0] in tokens:
            raise ConfigError(f"line {number} of the clients file is no new name and its token")
        tokens[words[0]] = words[1]
    if not tokens:
        raise ConfigError("the clients file names no client")
    return tokens
