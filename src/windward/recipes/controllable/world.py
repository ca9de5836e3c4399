"""A small world in which two objectives conflict and both can be computed: describe a thing in detail, and briefly.

An answer is a row of words: facts of the thing, and filler after them. `detail` counts distinct facts, `brevity` falls with the
words. Five facts need five words, so full detail cannot be had at full brevity, while an answer can be poor in both. The policy is a Llama of
two layers with a vocabulary of its own, so that a study over several seeds and methods takes minutes on a processor.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from random import Random

from windward.training.controllable import Answer, RatedPrompt, Scale

SCALES: Mapping[str, Scale] = {"detail": Scale(1, 5), "brevity": Scale(1, 5)}
THINGS = ("kite", "boat", "lamp", "drum", "coat", "cart", "bell", "rope", "vase", "clock", "chair", "globe")
KINDS = ("old", "new", "small", "large", "plain", "painted", "borrowed", "broken")
FACTS = ("red", "round", "heavy", "wooden", "costly", "loud", "soft", "cold")
FILLER = ("really", "very", "quite", "so", "and", "also", "rather", "just")
MOST_WORDS = 16
_WORDS_AT_MOST = {5: 2, 4: 4, 3: 7, 2: 11}
_END, _PAD, _USER, _ASSISTANT = "<end>", "<pad>", "<user>", "<assistant>"
_TEMPLATE = (
    "{% for message in messages %}{{ '<' + message['role'] + '> ' + message['content'] + ' ' }}"
    "{% if message['role'] == 'assistant' %}{{ '<end> ' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<assistant> ' }}{% endif %}"
)


def rate(text: str) -> dict[str, float | None]:
    """Both ratings of an answer, 1 to 5: the verifier of this world.

    `detail` is the number of distinct facts, five at most; an answer that names none, or holds a word that is neither fact nor filler, has
    no rating in either.
    """
    words = text.split()
    facts = {word for word in words if word in FACTS}
    if not facts or any(word not in FACTS and word not in FILLER for word in words):
        return {"detail": None, "brevity": None}
    brevity = next((level for level, most in _WORDS_AT_MOST.items() if len(words) <= most), 1)
    return {"detail": float(min(len(facts), 5)), "brevity": float(brevity)}


def feasible(condition: Mapping[str, float]) -> bool:
    """Whether some answer has all these levels: that many facts must fit into that many words."""
    return condition.get("detail", 1) <= _WORDS_AT_MOST.get(int(condition.get("brevity", 1)), MOST_WORDS)


def prompts(
    seed: int, *, answers: int = 6, noise: float = 0.15, held_out: float = 0.25
) -> tuple[list[RatedPrompt], list[str]]:
    """Rated prompts to learn from, and instructions that are held out.

    Args:
        seed: of all that is drawn.
        answers: of each prompt, any detail and any length alike.
        noise: share of ratings that are one level off, as a judge's would be.
        held_out: share of the instructions.

    Returns:
        The prompts; the held-out instructions.
    """
    draw = Random(f"controllable/{seed}")
    asked = [f"describe the {kind} {thing}" for kind, thing in product(KINDS, THINGS)]
    draw.shuffle(asked)
    kept_back = round(len(asked) * held_out)
    learnt = [
        RatedPrompt(
            f"{seed}/{number}",
            instruction,
            tuple(_answer(draw, noise) for _ in range(answers)),
            source="world",
        )
        for number, instruction in enumerate(asked[kept_back:] * 6)
    ]
    return learnt, asked[:kept_back]


def _answer(draw: Random, noise: float) -> Answer:
    """Facts, always in one order, then filler: what is drawn is how brief the answer is, and how many facts it names."""
    most = draw.choice((*_WORDS_AT_MOST.values(), MOST_WORDS))
    shortest = max((fewer + 1 for fewer in _WORDS_AT_MOST.values() if fewer < most), default=1)
    words = draw.randint(shortest, most)
    facts = draw.randint(1, min(words, 5))
    text = " ".join([*FACTS[:facts], *(FILLER[place % len(FILLER)] for place in range(words - facts))])
    ratings = {name: noisy(value, draw, noise, SCALES[name]) for name, value in rate(text).items()}
    return Answer(text, ratings, "world")


def noisy(value: float | None, draw: Random, noise: float, scale: Scale) -> float | None:
    """A rating as a judge gives it: a share `noise` of them is one level off, where the scale goes on."""
    if value is None or draw.random() >= noise:
        return value
    return min(scale.high, max(scale.low, value + draw.choice((-1, 1))))


def fresh_policy(folder: Path, seed: int) -> Path:
    """Writes a policy that knows the words and nothing else, as an ordinary checkpoint folder."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    marks = ["<", ">", *(f"{name}:" for name in SCALES), *"12345"]
    words = [
        _PAD,
        _END,
        _USER,
        _ASSISTANT,
        "<unk>",
        *marks,
        "describe",
        "the",
        *KINDS,
        *THINGS,
        *FACTS,
        *FILLER,
    ]
    inner = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>")
    )
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token=_END, pad_token=_PAD, unk_token="<unk>", chat_template=_TEMPLATE
    )
    torch.manual_seed(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(words),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=64,
            tie_word_embeddings=True,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=None,
        )
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
