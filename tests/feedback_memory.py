"""The peak memory of a step over many records, whose judge answers at once.

    python tests/feedback_memory.py ROWS FOLDER [CALLS_AT_ONCE]

writes ROWS records into FOLDER, annotates them in all four aspects (four calls a record, through the journal), and prints the
peak in MiB before and after, and the seconds.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from windward.feedback import Completion, Record, RecordWriter
from windward.models import Message, Reply, Sampling, Usage
from windward.recipes.feedback.configs import AnnotateConfig, Pace
from windward.recipes.feedback.stages import run_config

SECTION = (
    "#### Text {}\nType: 1\nRationale: " + "It says what was asked for, and no more. " * 3 + "\nRating: {}"
)
REPLY = "\n\n".join(SECTION.format(label, label) for label in range(1, 5))


class Instant:
    """A judge of four texts."""

    name = "instant"

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        """The same ratings for everything."""
        return Reply(REPLY, usage=Usage(1000, 200), model=self.name)


def peak() -> float:
    """MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(rows: int, folder: Path, concurrency: int = 64) -> dict[str, float]:
    """Measures."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "in.parquet"
    with RecordWriter(source) as writer:
        for number in range(rows):
            texts = (f"Answer {place} to question {number}. " * 12 for place in range(4))
            completions = tuple(Completion(f"m{place}", text) for place, text in enumerate(texts))
            writer.write(Record(f"r{number}", "flan", f"Question {number}? " * 8, completions))
    before, started = peak(), time.monotonic()
    config, pace = AnnotateConfig(source, ("J",)), Pace(concurrency)
    run_config(config, folder / "out", pace, given={"J": Instant()}, tell=lambda line: None)
    return {"rows": rows, "before": before, "peak": peak(), "seconds": time.monotonic() - started}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))))
