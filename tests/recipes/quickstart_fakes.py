"""A quickstart whose models are scripted and whose training only writes a folder: quick, and all else is real."""

import hashlib
import json
import os
import sys
import time
from pathlib import Path

from windward.journal import call_key
from windward.models import Reply, Usage
from windward.recipes.quickstart import QuickstartConfig, Size, run
from windward.training import PreferenceConfig, SFTConfig, Trained

SIZE = Size(
    train=6,
    test=4,
    test_families=4,
    samples=(3, 3),
    turns=2,
    sft=SFTConfig(),
    preference=PreferenceConfig(),
)


def right(problem_text: str) -> str:
    from windward.recipes.families import make_problems

    for problem in make_problems(train=6, test=4, test_families=4, seed=0):
        if problem.prompt in problem_text and problem.kind != "code":
            return f"```python\nprint({problem.reference})\n"
    return "```python\nprint('<script>alert(1)</script>')\n"


class Fake:
    """Answers rightly more often the further it is trained; notes the key of each call that reaches it."""

    def __init__(self, path: str, log: Path | None = None, delay: float = 0.0) -> None:
        self.name = f"fake-{Path(path).name}"
        self.skill = {"fake-sft": 7, "fake-preference": 9}.get(self.name, 3)
        self.log, self.delay = log, delay

    async def generate(self, messages, sampling=None, *, sample=0):
        import asyncio

        if self.log is not None:
            with self.log.open("a") as file:
                file.write(f"{os.getpid()} {call_key(self.name, messages, sampling, sample)}\n")
        await asyncio.sleep(self.delay)
        said = json.dumps([list(map(dict, messages)), sample])
        luck = int(hashlib.sha256(said.encode()).hexdigest(), 16) % 10
        asked = [m["content"] for m in messages if m["role"] == "user"]
        question = next((a for a in reversed(asked) if "Write Python" in a), asked[-1])
        text = right(question) if luck < self.skill else "```python\nprint('<script>alert(1)</script>')\n"
        return Reply(text, usage=Usage(20, 10), model=self.name)


def fake_training(name: str):
    def train(model, rows, out, config, *, on_step=None):
        assert Path(rows).exists()
        Path(out).mkdir()
        (Path(out) / "training.json").write_text(json.dumps({"losses": [2.0, 1.0]}))
        return Trained(Path(out), (2.0, 1.0), 0.1, 100, 50)

    return train


def go(
    out: Path,
    *,
    log: Path | None = None,
    delay: float = 0.0,
    scale: Size = SIZE,
    tell=lambda line: None,
    **config,
):
    run.train_sft, run.train_preference = fake_training("sft"), fake_training("preference")
    return run.run_quickstart(
        QuickstartConfig(**config),
        out,
        open_model=lambda path, fast=False: Fake(path, log, delay),
        size=scale,
        tell=tell,
    )


if __name__ == "__main__":
    started = time.monotonic()
    go(Path(sys.argv[1]), log=Path(sys.argv[2]), delay=0.05)
    print("finished in", time.monotonic() - started)
