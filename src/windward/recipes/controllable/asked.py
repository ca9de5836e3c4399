"""What a policy answers when it is asked for each level and each pair of levels, and how that is rated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from windward.evals.control.levels import Realised
from windward.evals.folder import write_text
from windward.models.protocol import Model, Sampling
from windward.recipes.controllable.worlds import World
from windward.training.controllable import Condition


@dataclass(frozen=True)
class Told:
    """One answer.

    Attributes:
        prompt_id: the held-out instruction's place.
        instruction: without a condition.
        requested: the condition's levels.
        answer: the text.
        ratings: by the verifier, without noise.
    """

    prompt_id: str
    instruction: str
    requested: dict[str, float]
    answer: str
    ratings: dict[str, float | None]


def asked(
    model: Model,
    world: World,
    instructions: Sequence[str],
    *,
    conditioned: bool,
    samples: int,
    seed: int,
    together: int = 256,
) -> list[Told]:
    """Asks each instruction under each condition at temperature 1.

    A model that was trained without conditions gets the plain instruction, once for each condition: words that it never met would only disturb
    it, and there is nothing else that it could be asked for.

    Args:
        model: the policy.
        world: conditions and verifier.
        instructions: held out.
        conditioned: whether the model knows conditions.
        samples: answers to each.
        seed: of the draws.
        together: calls at a time.
    """
    calls = [
        (place, instruction, condition, number * samples + sample)
        for number, condition in enumerate(world.conditions())
        for place, instruction in enumerate(instructions)
        for sample in range(samples)
    ]
    sampling = Sampling(temperature=1.0, max_tokens=world.max_tokens, seed=seed)

    async def answer(instruction: str, condition: Condition, draw: int) -> str:
        text = condition.render(instruction) if conditioned else instruction
        return (await model.generate([{"role": "user", "content": text}], sampling, sample=draw)).text

    async def every() -> list[str]:
        texts: list[str] = []
        for start in range(0, len(calls), together):
            some = calls[start : start + together]
            texts += await asyncio.gather(*(answer(said, levels, draw) for _, said, levels, draw in some))
        return texts

    return [
        Told(str(place), instruction, dict(condition), text, world.rate(text))
        for (place, instruction, condition, _), text in zip(calls, asyncio.run(every()), strict=True)
    ]


def write_told(path: Path, answers: Iterable[Told]) -> None:
    """One answer a line, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(
        path,
        "".join(json.dumps(asdict(one), ensure_ascii=False, sort_keys=True) + "\n" for one in answers),
    )


def read_told(path: Path) -> list[Told]:
    """Reads them back."""
    with path.open(encoding="utf-8") as lines:
        return [Told(**json.loads(line)) for line in lines]


def realised(answers: Iterable[Told]) -> list[Realised]:
    """Each level that was asked for beside the rating that came."""
    return [
        Realised(one.prompt_id, name, level, one.ratings[name])
        for one in answers
        for name, level in one.requested.items()
    ]
