"""The 25 checks as the Eurus release makes them, slips included, so that a published number can be itemised.

Different from the release: sentences are split by our marks instead of NLTK's trained splitter; a language guess is
seeded; for the letters `#` and `!` the release draws a letter at random, which here is never there often enough.
"""

from __future__ import annotations

import json
import re
from typing import Any

from windward.grading.ifeval.language import language_of
from windward.grading.ifeval.texts import holds, sentences

_TOKEN = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*|\S")


def _found(pattern: str, text: str) -> int:
    """Matches of a keyword that is taken for a pattern; one that is no pattern is nowhere."""
    try:
        return sum(1 for _ in re.finditer(pattern, text, re.IGNORECASE))
    except re.error:
        return 0


def existence(text: str, keywords: list[str], **_: Any) -> bool:  # noqa: D103
    return all(_found(keyword, text) for keyword in keywords)


def frequency(text: str, keyword: str, frequency: int, relation: str, **_: Any) -> bool:  # noqa: D103
    return holds(_found(keyword, text), relation, frequency)


def forbidden_words(text: str, forbidden_words: list[str], **_: Any) -> bool:  # noqa: D103
    return not any(_found(rf"\b{word}\b", text) for word in forbidden_words)


def letter_frequency(text: str, letter: str, let_frequency: int, let_relation: str, **_: Any) -> bool:  # noqa: D103
    if not (letter.isascii() and letter.isalpha()):
        return False
    return holds(text.lower().count(letter.lower()), let_relation, let_frequency)


def number_words(text: str, num_words: int, relation: str, **_: Any) -> bool:  # noqa: D103
    return holds(len(re.findall(r"\w+", text)), relation, num_words)


def number_sentences(text: str, num_sentences: int, relation: str, **_: Any) -> bool:  # noqa: D103
    return holds(len(sentences(text)), relation, num_sentences)


def number_paragraphs(text: str, num_paragraphs: int, **_: Any) -> bool:  # noqa: D103
    return _parts(re.split(r"\s?\*\*\*\s?", text), num_paragraphs) is not None


def _parts(parts: list[str], wanted: int) -> list[str] | None:
    """The parts, without empty ones at the ends; None where one between is empty, or there are not so many."""
    kept = [part for place, part in enumerate(parts) if part.strip() or 0 < place < len(parts) - 1]
    return kept if all(part.strip() for part in kept) and len(kept) == wanted else None


def nth_paragraph_first_word(  # noqa: D103
    text: str, num_paragraphs: int, nth_paragraph: int, first_word: str, **_: Any
) -> bool:
    parts = re.split(r"\n\n", text)
    filled = sum(bool(part.strip()) for part in parts)
    if filled != num_paragraphs or nth_paragraph > filled or not parts[nth_paragraph - 1].strip():
        return False
    word = parts[nth_paragraph - 1].split()[0].lstrip("'").lstrip('"')
    return re.split(r"[.,?!'\"]", word)[0].lower() == first_word.lower()


def number_placeholders(text: str, num_placeholders: int, **_: Any) -> bool:  # noqa: D103
    return sum(_pairs(line, "[", "]") for line in text.split("\n")) >= num_placeholders


def _pairs(line: str, opening: str, closing: str) -> int:
    """How often `opening … closing` stands in a line, in time proportional to it."""
    count, place = 0, 0
    while (start := line.find(opening, place)) >= 0 and (end := line.find(closing, start)) >= 0:
        count, place = count + 1, end + 1
    return count


def postscript(text: str, postscript_marker: str, **_: Any) -> bool:  # noqa: D103
    patterns = {"P.P.S": r"p\.\s?p\.\s?s.*$", "P.S.": r"p\.\s?s\..*$"}
    pattern = patterns.get(postscript_marker, rf"{postscript_marker.lower()}.*$")
    return bool(re.search(pattern, text.lower(), re.MULTILINE))


def number_bullet_lists(text: str, num_bullets: int, **_: Any) -> bool:  # noqa: D103
    stars = re.findall(r"^[^\S\n]*\*[^\*]", text, re.MULTILINE)
    dashes = re.findall(r"^[^\S\n]*-", text, re.MULTILINE)
    return len(stars) + len(dashes) == num_bullets


def constrained_response(text: str, **_: Any) -> bool:  # noqa: D103
    return any(
        option in text.strip() for option in ("My answer is yes.", "My answer is no.", "My answer is maybe.")
    )


def number_highlighted_sections(text: str, num_highlights: int, **_: Any) -> bool:  # noqa: D103
    found = re.findall(r"\*[^\n\*]*\*", text) + re.findall(r"\*\*[^\n\*]*\*\*", text)
    return sum(bool(part.strip("*").strip()) for part in found) >= num_highlights


def multiple_sections(text: str, section_spliter: str, num_sections: int, **_: Any) -> bool:  # noqa: D103
    return len(re.findall(rf"\s?{section_spliter}\s?\d+\s?", text)) >= num_sections


def json_format(text: str, **_: Any) -> bool:  # noqa: D103
    for fence in ("```json", "```Json", "```JSON", "```"):
        text = text.strip().removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def title(text: str, **_: Any) -> bool:  # noqa: D103
    found = (line[line.find("<<") : line.rfind(">>") + 2] for line in text.split("\n") if "<<" in line)
    return any(part.lstrip("<").rstrip(">").strip() for part in found if part.endswith(">>"))


def two_responses(text: str, **_: Any) -> bool:  # noqa: D103
    parts = _parts(text.split("******"), 2)
    return parts is not None and parts[0].strip() != parts[1].strip()


def repeat_prompt(text: str, prompt_to_repeat: str, **_: Any) -> bool:  # noqa: D103
    return text.strip().lower().startswith(prompt_to_repeat.strip().lower())


def end_checker(text: str, end_phrase: str, **_: Any) -> bool:  # noqa: D103
    return text.strip().strip('"').lower().endswith(end_phrase.strip().lower())


def quotation(text: str, **_: Any) -> bool:  # noqa: D103
    text = text.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


def english_capital(text: str, **_: Any) -> bool:  # noqa: D103
    return text.isupper() and language_of(text, folded=False) in {"en", None}


def english_lowercase(text: str, **_: Any) -> bool:  # noqa: D103
    return text.islower() and language_of(text, folded=False) in {"en", None}


def capital_word_frequency(text: str, capital_frequency: int, capital_relation: str, **_: Any) -> bool:  # noqa: D103
    return holds(sum(word.isupper() for word in _TOKEN.findall(text)), capital_relation, capital_frequency)


def no_comma(text: str, **_: Any) -> bool:  # noqa: D103
    return "," not in text


def response_language(text: str, language: str, **_: Any) -> bool:  # noqa: D103
    return language_of(text, folded=False) in {language, None}
