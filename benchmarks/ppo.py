"""PPO with a verifier: do answers obey better on prompts that were never trained on, and at what KL?

    python benchmarks/ppo.py rows --out DIR      # DIR/train.jsonl and DIR/held_out.jsonl
    windward train ppo --rows DIR/train.jsonl --held-out DIR/held_out.jsonl --verifier instructions --out DIR/policy ...

Each row asks for one short sentence about something. A third of the reward is for each of: no comma, at most 12 words, and
naming the thing, so that the shortest way to the other two is not the best. Things of the held-out rows are others.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

WORDS = 12
PROMPT = "Write one sentence of at most {words} words, without any comma. It must be about this: {thing}"
THINGS = """
apple anchor ant arrow autumn bakery balloon bamboo banana bank barn basket bat beach bear bed bee bell bench bicycle bird
blanket boat bone book boot bottle bread brick bridge broom brush bucket bus butter button cabin cactus cake camel camera
candle canyon car carpet carrot castle cat cave chair cheese cherry chess chimney church clay clock cloud coal coat coffee
coin comet copper coral cork corn cotton cow crab cricket crow crown cup curtain dance dawn deer desert desk diamond doctor
dog dolphin donkey door dragon dream drum duck dust eagle ear earth egg elbow elephant engine eye farm feather fence ferry
field fig fire fish flag flute fog forest fork fountain fox frog fruit garage garden garlic gate ghost glacier glass glove
goat gold goose grape grass guitar hammer harbor hat hawk hill honey horse hospital hotel house ice island jacket jam jazz
jewel juice kettle key kite kitchen knife ladder lake lamp lantern leaf lemon letter library lighthouse lion lizard lock
map maple market meadow medal melon milk mirror monkey moon mosquito moss moth mountain mouse mushroom music nail needle
nest night nurse oak ocean olive onion opera orange orchard owl oyster paint palace paper parade parrot peach peanut pear
pearl pen pencil penguin pepper piano pig pillow pilot pine pirate planet plum poem pond potato prison pumpkin puppet queen
rabbit radio rain rainbow recipe ring river road robot rocket roof rope rose salt sand saw school seal shadow shark sheep
shell ship shoe shop shoulder silk silver snail snake snow soap sock soldier soup spider spoon spring squirrel stamp star
statue stone storm stove straw sugar summer sun swan table teacher temple tent theater thunder ticket tiger toast tomato
tooth tower toy train tree truck tulip tunnel turtle umbrella uncle valley violin volcano wagon wall walnut watch water
wave whale wheat wheel whistle wind window winter wolf wood wool worm zebra
"""


def row(thing: str) -> dict[str, object]:
    """A prompt and what a program can check of an answer to it."""
    prompt = PROMPT.format(words=WORDS, thing=thing)
    at_most = {"relation": "less than", "num_words": WORDS + 1}
    return {
        "prompt": [{"role": "user", "content": prompt}],
        "instruction": prompt,
        "thing": thing,
        "checks": [
            {"kind": "instruction", "instruction_id": "punctuation:no_comma", "kwargs": {}},
            {
                "kind": "instruction",
                "instruction_id": "length_constraints:number_words",
                "kwargs": at_most,
            },
            {"kind": "mentions", "any_of": [thing, f"{thing}s"]},
        ],
    }


def main() -> None:
    """Writes the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["rows"])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--held-out", type=int, default=100, help="things that are only measured")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    things = sorted(set(THINGS.split()))
    random.Random(given.seed).shuffle(things)
    given.out.mkdir(parents=True, exist_ok=True)
    for name, some in (("held_out", things[: given.held_out]), ("train", things[given.held_out :])):
        lines = "".join(json.dumps(row(thing)) + "\n" for thing in some)
        (given.out / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        print(f"{given.out / name}.jsonl: {len(some)} rows")


if __name__ == "__main__":
    main()
