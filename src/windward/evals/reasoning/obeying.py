"""A text that obeys the instructions of an IFEval prompt, put together without asking the checks.

It says nothing; it shows that a prompt's instructions can be followed all at once, and that the checks see it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from windward.evals.reasoning.speech import ENGLISH, SPEECH


@dataclass
class _Wish:
    """What a prompt asks of its answer, all instructions together."""

    given: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    keywords: list[str] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    letters: list[tuple[str, int]] = field(default_factory=list)
    rare_letters: list[tuple[str, int]] = field(default_factory=list)
    least: dict[str, int] = field(default_factory=dict)
    below: dict[str, int] = field(default_factory=dict)

    def asks(self, name: str) -> bool:
        """Whether an instruction of that name is there."""
        return name in self.given

    def number(self, name: str, key: str) -> int:
        """A number of an instruction; 0 without it."""
        return int(self.given.get(name, {}).get(key, 0))


def obeying(instructions: Sequence[str], kwargs: Sequence[Mapping[str, Any]]) -> str:
    """A text that obeys all the instructions. Where they contradict each other (repeat the prompt, which has commas, and
    write none), it obeys them in one of the loose readings: without its first line.

    Args:
        instructions: names of the instructions.
        kwargs: the arguments of each.
    """  # noqa: D205
    wish = _wish(zip(instructions, kwargs, strict=True))
    if wish.asks("constrained_response"):
        return "My answer is yes."
    if wish.asks("json_format"):
        return json.dumps({"answer": " ".join([*wish.keywords, *_filler(wish)[:1]])})
    text = _laid_out(wish)
    if wish.asks("english_capital"):
        text = text.upper()
    if wish.asks("english_lowercase"):
        text = text.lower()
    if wish.asks("quotation"):
        return f'"\n{text}"' if text.startswith("*") else f'"{text}"'
    return text


def _wish(pairs: Iterable[tuple[str, Mapping[str, Any]]]) -> _Wish:
    wish = _Wish()
    counted = {
        "number_words": ("words", "relation", "num_words"),
        "number_sentences": ("sentences", "relation", "num_sentences"),
        "capital_word_frequency": ("capitals", "capital_relation", "capital_frequency"),
    }
    for instruction, arguments in pairs:
        name = instruction.split(":")[1]
        wish.given[name] = arguments
        if name == "existence":
            wish.keywords += arguments["keywords"]
        elif name == "forbidden_words":
            wish.forbidden += arguments["forbidden_words"]
        elif name == "frequency":
            many = int(arguments["frequency"])
            if arguments["relation"] == "at least":
                wish.keywords += [arguments["keyword"]] * many
            elif many == 1:
                wish.forbidden.append(arguments["keyword"])
        elif name == "letter_frequency":
            letter = (str(arguments["letter"]).lower(), int(arguments["let_frequency"]))
            (wish.letters if arguments["let_relation"] == "at least" else wish.rare_letters).append(letter)
        elif name in counted:
            what, relation, key = counted[name]
            if arguments[relation] == "at least":
                wish.least[what] = max(wish.least.get(what, 0), int(arguments[key]))
            else:
                wish.below[what] = min(wish.below.get(what, 10**9), int(arguments[key]))
    return wish


def _filler(wish: _Wish) -> list[str]:
    """Sentences to fill with: in the language asked for, without what is forbidden, sparing with rare letters."""
    language = str(wish.given.get("response_language", {}).get("language", "en"))
    if language != "en":
        return [SPEECH[language]]
    if "words" in wish.below:
        return ["we write"]
    words = {word.lower() for word in wish.forbidden}
    rare = [letter for letter, _ in wish.rare_letters]
    kept = [
        " ".join(
            word
            for word in sentence.split()
            if word not in words and not any(letter in word for letter in rare)
        )
        for sentence in ENGLISH
    ]
    return [sentence for sentence in kept if len(sentence.split()) > 2] or ["oh my"]


def _laid_out(wish: _Wish) -> str:
    """The parts in the order that their instructions want: request, title, body, postscript, last phrase."""
    head = []
    if wish.asks("repeat_prompt"):
        head.append(str(wish.given["repeat_prompt"]["prompt_to_repeat"]))
    if wish.asks("title"):
        head.append("<<plain words>>")
    tail = []
    if wish.asks("postscript"):
        tail.append(f"{wish.given['postscript']['postscript_marker']} so it is")
    if wish.asks("end_checker"):
        tail.append(str(wish.given["end_checker"]["end_phrase"]))
    body = _body(wish)
    if wish.asks("nth_paragraph_first_word"):
        body = _nth(wish, body)
    elif wish.asks("number_paragraphs"):
        count = wish.number("number_paragraphs", "num_paragraphs")
        parts = [body, *(_filler(wish)[0] for _ in range(count - 1))]
        if wish.below.get("sentences") is None:
            parts = [part.rstrip(".") + "." for part in parts]
        body = "\n***\n".join(parts)
    text = "\n".join([*head, body, *tail])
    if wish.asks("two_responses"):
        text = f"{text}\n******\n{_filler(wish)[-1]} again"
    return text


def _nth(wish: _Wish, body: str) -> str:
    """So many paragraphs, and that one begins with that word; head and tail join the first and the last."""
    given = wish.given["nth_paragraph_first_word"]
    count, place = int(given["num_paragraphs"]), int(given["nth_paragraph"])
    parts = [" ".join(body.split("\n")), *(_filler(wish)[0] for _ in range(count - 1))]
    parts[place - 1] = f"{given['first_word']} {parts[place - 1]}"
    return "\n\n".join(parts)


def _body(wish: _Wish) -> str:
    """Marks, keywords and letters first, then as many sentences and words as are asked for."""
    filler = _filler(wish)
    lines: list[str] = []
    splitter = str(wish.given.get("multiple_sections", {}).get("section_spliter", ""))
    lines += [
        f"{splitter} {one + 1}\n{filler[0]}"
        for one in range(wish.number("multiple_sections", "num_sections"))
    ]
    lines += [f"* {filler[0]}" for _ in range(wish.number("number_bullet_lists", "num_bullets"))]
    marks = [f"[name {one}]" for one in range(wish.number("number_placeholders", "num_placeholders"))]
    marks += [f"*part {one}*" for one in range(wish.number("number_highlighted_sections", "num_highlights"))]
    marks += ["NOTE"] * wish.least.get("capitals", 0)
    marks += [*wish.keywords, *(letter * many for letter, many in wish.letters)]
    if marks:
        lines.append(" ".join(marks))
    below, words = wish.below.get("sentences"), wish.least.get("words", 0)
    wanted = wish.least.get("sentences", 0)
    stop = "." if below is None or wanted else " and"
    sentences: list[str] = []
    while len(sentences) < max(wanted, 1) or _words([*lines, *sentences]) < words:
        sentences.append(filler[len(sentences) % len(filler)] + stop)
    lines.append(" ".join(sentences).removesuffix(" and"))
    return "\n".join(lines)


def _words(parts: Iterable[str]) -> int:
    return sum(word.strip("*[].").isalnum() for part in parts for word in part.split())
