"""litellm: `acompletion` with its retries, behind its disk cache where this version has one; runs in its own environment.

The caller brings the loop over rows: as many workers as calls may be in flight. A reply that cannot be read is not
asked for again, because litellm has no part that does it, and its cache would give the same one.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter

import litellm
import work


async def main() -> None:
    """Judges every row."""
    options = work.parser().parse_args()
    litellm.suppress_debug_info = True
    cached = hasattr(litellm.LiteLLMCacheType if hasattr(litellm, "LiteLLMCacheType") else None, "DISK")
    if not cached:
        from litellm.types.caching import LiteLLMCacheType

        cached = hasattr(LiteLLMCacheType, "DISK")
    if cached:
        litellm.cache = litellm.Cache(type="disk", disk_cache_dir=str(options.folder))
    todo = work.rows(options.rows)
    judged: list[tuple[str, list[int] | None]] = []
    errors: Counter[str] = Counter()

    async def worker() -> None:
        for row in todo:
            try:
                reply = await litellm.acompletion(
                    model="openai/mock",
                    api_base=options.url,
                    api_key="x",
                    messages=work.prompt(row),
                    temperature=0.0,
                    max_tokens=512,
                    num_retries=10,
                    caching=cached,
                )
                ratings = work.read(reply.choices[0].message.content or "")
            except Exception as error:
                errors[f"{type(error).__name__}: {error}"[:200]] += 1
                ratings = None
            judged.append((row["id"], ratings))

    await asyncio.gather(*(worker() for _ in range(options.in_flight)))
    work.write(options.out, judged)
    for error, times in errors.most_common(3):
        print(f"{times} x {error}", file=sys.stderr)


asyncio.run(main())
