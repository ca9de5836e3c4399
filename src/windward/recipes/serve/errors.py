"""Errors in the shape in which OpenAI's clients expect them."""

from __future__ import annotations

from typing import Any


class RequestError(Exception):
    """A request that is not answered.

    Attributes:
        status: of HTTP.
        code: what clients tell it by.
        param: the field that is wrong, where there is one.
        retry_after: seconds after which it may be sent again.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str,
        *,
        param: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.retry_after = retry_after

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body."""
        return {
            "error": {
                "message": str(self),
                "type": _kind(self.status),
                "param": self.param,
                "code": self.code,
            }
        }


def wrong(param: str, message: str, code: str = "invalid_value") -> RequestError:
    """A field that holds what it may not."""
    return RequestError(400, f"{param}: {message}", code, param=param)


def _kind(status: int) -> str:
    if status == 401:
        return "authentication_error"
    if status == 429:
        return "rate_limit_error"
    return "invalid_request_error" if status < 500 else "server_error"
