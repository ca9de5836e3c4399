"""A world for a language model: name things of a kind, many of them, or in few words.

`items` and `terseness` are those of `evals.control.computed`, so that `windward eval control` measures a policy of this world as any other. Three
things need three words. The rated answers are composed by a program: one to three things of the kind, perhaps after an opening that says
nothing. The kinds that are asked about in the end are in no answer and no instruction that is learnt from.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random

from windward.evals.control.computed import COMPUTED, TERSE_AT_MOST, words
from windward.recipes.controllable.world import noisy
from windward.training.controllable import Answer, RatedPrompt, Scale

SCALES: Mapping[str, Scale] = {name: COMPUTED[name].scale for name in ("items", "terseness")}
MOST_WORDS = 10
"""Of a composed answer."""
KINDS: Mapping[str, str] = {
    "fruits": "apple pear plum cherry mango banana peach lemon",
    "vegetables": "carrot onion leek spinach cabbage pumpkin potato celery",
    "farm animals": "cow sheep goat pig horse donkey duck hen",
    "wild animals": "lion wolf bear fox deer zebra tiger moose",
    "birds": "robin eagle owl crow swan sparrow heron finch",
    "fish": "salmon trout carp cod tuna herring pike eel",
    "insects": "ant bee wasp moth beetle cricket fly butterfly",
    "trees": "oak pine birch maple willow beech cedar elm",
    "flowers": "rose tulip daisy lily iris poppy violet orchid",
    "colours": "red blue green yellow brown purple orange grey",
    "metals": "iron copper gold silver tin zinc lead nickel",
    "planets": "Mars Venus Saturn Jupiter Mercury Neptune Uranus Earth",
    "countries": "France Brazil Japan Kenya Canada India Norway Peru",
    "cities": "Paris London Tokyo Rome Cairo Madrid Lima Oslo",
    "rivers": "Nile Danube Rhine Amazon Thames Ganges Volga Seine",
    "languages": "English Spanish Hindi Arabic French German Swahili Greek",
    "sports": "football tennis rugby hockey golf rowing boxing cricket",
    "musical instruments": "piano violin flute drum guitar harp trumpet cello",
    "tools": "hammer saw drill wrench chisel pliers axe file",
    "kitchen things": "pan knife spoon bowl plate fork kettle oven",
    "clothes": "coat shirt hat scarf sock glove dress belt",
    "furniture": "table chair bed sofa desk shelf wardrobe stool",
    "vehicles": "car bus train bicycle lorry tram ship plane",
    "drinks": "water tea coffee milk juice lemonade cocoa cider",
    "spices": "pepper cinnamon ginger clove nutmeg saffron cumin paprika",
    "jobs": "baker nurse teacher farmer pilot lawyer plumber judge",
    "buildings": "school church castle hospital library museum station barn",
    "parts of the body": "hand foot knee elbow nose ear neck shoulder",
    "kinds of weather": "rain snow fog hail wind sunshine thunder frost",
    "school subjects": "history maths chemistry physics music geography biology art",
}
"""Things of each kind that composed answers name, one word each."""
QUESTIONS = (
    "Name some {}.",
    "Which {} come to mind?",
    "What {} do you know?",
    "Give me examples of {}.",
    "Can you list {}?",
    "Tell me about {} that you can think of.",
)
OPENINGS = ("", "I would say", "If you ask me I would say")


def rate(text: str) -> dict[str, float | None]:
    """Both ratings of an answer; a blank one has none."""
    return {name: COMPUTED[name](text) for name in SCALES}


def feasible(condition: Mapping[str, float]) -> bool:
    """Whether some answer has all these levels: each thing needs a word."""
    return condition.get("items", 1) <= TERSE_AT_MOST.get(int(condition.get("terseness", 1)), MOST_WORDS)


def prompts(
    seed: int, *, answers: int = 4, noise: float = 0.0, held_out: float = 1 / 3
) -> tuple[list[RatedPrompt], list[str]]:
    """Rated prompts to learn from, and instructions about other kinds of things.

    Args:
        seed: of all that is drawn.
        answers: of each prompt, any number of things and any length alike.
        noise: share of ratings that are one level off, as a judge's would be.
        held_out: share of the kinds that nothing is learnt about.

    Returns:
        The prompts, in an order drawn; the held-out instructions, one a kind first, then the next question of each.
    """
    draw = Random(f"controllable/embedded/{seed}")
    kinds = list(KINDS)
    draw.shuffle(kinds)
    kept_back = round(len(kinds) * held_out)
    asked = [(kind, question) for kind in kinds[kept_back:] for question in QUESTIONS] * 2
    draw.shuffle(asked)
    learnt = [
        RatedPrompt(
            f"{seed}/{number}",
            question.format(kind),
            tuple(_answer(kind, draw, noise) for _ in range(answers)),
            source="embedded",
        )
        for number, (kind, question) in enumerate(asked)
    ]
    turned = [
        QUESTIONS[(place + turn) % len(QUESTIONS)].format(kind)
        for turn in range(len(QUESTIONS))
        for place, kind in enumerate(kinds[:kept_back])
    ]
    return learnt, turned


def _answer(kind: str, draw: Random, noise: float) -> Answer:
    """What is drawn is how terse the answer is, then how many things it names; an opening that says nothing fills it up."""
    most = draw.choice((*TERSE_AT_MOST.values(), MOST_WORDS))
    least = max((fewer + 1 for fewer in TERSE_AT_MOST.values() if fewer < most), default=1)
    things = draw.sample(KINDS[kind].split(), draw.randint(1, min(most, 3)))
    fitting = [text for opening in OPENINGS if least <= words(text := _composed(opening, things)) <= most]
    text = draw.choice(fitting)
    ratings = {name: noisy(value, draw, noise, SCALES[name]) for name, value in rate(text).items()}
    return Answer(text, ratings, "composed")


def _composed(opening: str, things: list[str]) -> str:
    text = f"{opening} {', '.join(things)}.".strip()
    return f"{text[0].upper()}{text[1:]}"


def policy(folder: Path, seed: int) -> Path:
    """The embedded default itself; nothing is written."""
    from windward.models import embedded_path

    del folder, seed
    return embedded_path()
