"""bespokelabs-curator: an `LLM` with its cache, on its own OpenAI client; runs in its own environment.

It counts tokens with tiktoken, whose vocabulary it downloads; litellm, which it needs, ships the same file.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import work
from bespokelabs import curator


class Judge(curator.LLM):
    """The task as curator takes it."""

    def prompt(self, input: dict[str, Any]) -> list[dict[str, str]]:
        """What is sent."""
        return work.prompt(input)

    def parse(self, input: dict[str, Any], response: str) -> dict[str, Any]:
        """What is read; curator drops a row whose reply raises."""
        ratings = work.read(response)
        if ratings is None:
            raise ValueError("no ratings")
        return {"id": input["id"], "ratings": ratings}


def main() -> None:
    """Judges every row."""
    litellm = find_spec("litellm")
    if litellm is not None and litellm.origin is not None:
        shipped = Path(litellm.origin).parent / "litellm_core_utils" / "tokenizers"
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(shipped))
    options = work.parser().parse_args()
    judge = Judge(
        model_name="mock",
        backend="openai",
        generation_params={"temperature": 0.0, "max_tokens": 512},
        backend_params={
            "base_url": options.url,
            "api_key": "x",
            "max_retries": 10,
            "require_all_responses": False,
            "max_concurrent_requests": options.in_flight,
            "max_requests_per_minute": 10_000_000,
            "max_tokens_per_minute": 10_000_000_000,
            "seconds_to_pause_on_rate_limit": 1,
        },
    )
    judged = judge(list(work.rows(options.rows)), working_dir=str(options.folder)).dataset
    work.write(options.out, ((row["id"], row["ratings"]) for row in judged))


if __name__ == "__main__":
    main()
