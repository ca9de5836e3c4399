"""IFEval's 25 checks: what follows an instruction and what only seems to."""

from __future__ import annotations

import time
from typing import Any

import pytest

from windward.grading import check_instruction, check_prompt
from windward.grading.ifeval.check import INSTRUCTIONS
from windward.grading.ifeval.texts import sentences

FOLLOWED: list[tuple[str, dict[str, Any], str]] = [
    ("keywords:existence", {"keywords": ["c++", "ice cream"]}, "C++ and ice\ncream."),
    ("keywords:frequency", {"keyword": "cat", "frequency": 2, "relation": "less than"}, "concatenate cat"),
    ("keywords:forbidden_words", {"forbidden_words": ["rock"]}, "rocket"),
    ("keywords:letter_frequency", {"letter": "#", "let_frequency": 2, "let_relation": "at least"}, "# a #"),
    ("keywords:letter_frequency", {"letter": "q", "let_frequency": 1, "let_relation": "less than"}, "none"),
    ("language:response_language", {"language": "fr"}, "Je ne sais pas où se trouve la bibliothèque."),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": "less than"}, "Dr. Ng came at 5 p.m. today."),
    ("length_constraints:number_words", {"num_words": 3, "relation": "less than"}, "well-known isn't"),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a ***bold*** one\n***\nanother"),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "night"},
        "Day.\n\n\n**Night**, then.",
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 1}, "Dear [name] (see [here](x))"),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "Bye.\n\n**P. P. S.** hi"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n* b\n-5 degrees\n* * *\n*emphasis* here"),
    ("detectable_format:constrained_response", {}, "My answer is maybe."),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a b* and **c**"),
    ("detectable_format:multiple_sections", {"section_spliter": "Part", "num_sections": 2}, "Part 1\nx\n**Part 2**\ny"),
    ("detectable_format:json_format", {}, '```json\n{"a": [1, null]}\n```'),
    ("detectable_format:title", {}, "# << A title >>\ntext"),
    ("combination:two_responses", {}, "one\n******\ntwo"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Write a poem."}, "Write a poem.\n\nRoses are red"),
    ("startend:end_checker", {"end_phrase": "Is there more?"}, 'Done. **Is there more?**"'),
    ("startend:quotation", {}, '"He said "no" to me."'),
    ("startend:quotation", {}, "«oui»"),
    ("change_case:english_capital", {}, "NO"),
    ("change_case:english_capital", {}, "THESE ARE THE PLAIN ENGLISH WORDS OF A LONGER SENTENCE"),
    ("change_case:english_lowercase", {}, "these are plain words, 3 of them"),
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "less than"}, "WELL-KNOWN thing"),
    ("punctuation:no_comma", {}, "no such mark; here."),
]  # fmt: skip
NOT_FOLLOWED: list[tuple[str, dict[str, Any], str]] = [
    ("keywords:existence", {"keywords": ["cat"]}, "concatenate"),
    ("keywords:existence", {"keywords": ["a.c"]}, "abc"),
    ("keywords:frequency", {"keyword": "cat", "frequency": 2, "relation": "at least"}, "concatenate cat"),
    ("keywords:forbidden_words", {"forbidden_words": ["c++"]}, "C++ is fine"),
    ("keywords:letter_frequency", {"letter": "!", "let_frequency": 3, "let_relation": "at least"}, "no! no!"),
    ("language:response_language", {"language": "fr"}, "I do not know where the library is."),
    ("language:response_language", {"language": "fr"}, "12345"),
    ("length_constraints:number_sentences", {"num_sentences": 3, "relation": "at least"}, "1. One thing.\n2. Another thing."),
    ("length_constraints:number_words", {"num_words": 3, "relation": "at least"}, "one-two three"),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "one\n***\n***\ntwo"),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "night"},
        "Day.\n\nNightly then.",
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 1}, "[here](x) [ ]"),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "at 5 p.m. P.P.S. x"),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye. P.S."),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "-5 degrees"),
    ("detectable_format:constrained_response", {}, "'My answer is yes.', 'My answer is no.'"),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 1}, "3*4*5 and ** **"),
    ("detectable_format:multiple_sections", {"section_spliter": "Part", "num_sections": 2}, "Part 1 and Part two"),
    ("detectable_format:json_format", {}, "NaN"),
    ("detectable_format:json_format", {}, '{"a": 1} is it'),
    ("detectable_format:title", {}, "x << 3 and y >> 2"),
    ("combination:two_responses", {}, "one\n******\n One"),
    ("combination:two_responses", {}, "one\n******\ntwo\n******\nthree"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Write a poem."}, "Write a poem."),
    ("startend:end_checker", {"end_phrase": "Is there more?"}, "Is there more? Yes."),
    ("startend:quotation", {}, '"a" and "b"'),
    ("startend:quotation", {}, '"a”'),
    ("change_case:english_capital", {}, "Mixed"),
    ("change_case:english_capital", {}, "DAS IST EIN GANZ NORMALER DEUTSCHER SATZ MIT VIELEN WÖRTERN"),
    ("change_case:english_lowercase", {}, "das ist ein ganz normaler deutscher satz mit vielen wörtern"),
    ("change_case:capital_word_frequency", {"capital_frequency": 1, "capital_relation": "at least"}, "Nothing here"),
    ("punctuation:no_comma", {}, "一，二"),
]  # fmt: skip


@pytest.mark.parametrize(("instruction", "kwargs", "response"), FOLLOWED)
def test_a_response_follows(instruction: str, kwargs: dict[str, Any], response: str) -> None:
    assert check_instruction(instruction, kwargs, response)


@pytest.mark.parametrize(("instruction", "kwargs", "response"), NOT_FOLLOWED)
def test_a_response_does_not_follow(instruction: str, kwargs: dict[str, Any], response: str) -> None:
    assert not check_instruction(instruction, kwargs, response)


def test_all_25_kinds_of_instruction_are_known_and_tried_both_ways() -> None:
    assert len(INSTRUCTIONS) == 25
    assert {name for name, _, _ in FOLLOWED} == set(INSTRUCTIONS)
    assert {name for name, _, _ in NOT_FOLLOWED} == set(INSTRUCTIONS)


def test_an_empty_response_follows_nothing() -> None:
    assert not check_instruction("punctuation:no_comma", {}, " \n")
    assert not check_instruction("punctuation:no_comma", {}, "", policy="released")


def test_the_prompt_sent_back_follows_nothing_by_our_rules_only() -> None:
    prompt = "Write about rockets.\nUse no commas."
    assert not check_instruction("punctuation:no_comma", {}, prompt + "\n", prompt)
    assert check_instruction("punctuation:no_comma", {}, prompt, prompt, policy="released")
    check = check_prompt(["punctuation:no_comma"], [{}], prompt, prompt)
    assert not (check.strict_prompt or check.loose_prompt)


def test_a_loose_reading_drops_lines_and_asterisks_for_each_instruction_by_itself() -> None:
    names = ["change_case:english_lowercase", "punctuation:no_comma", "startend:quotation"]
    check = check_prompt(names, [{}, {}, {}], 'Sure, here it is:\n*"all in small letters"*')
    assert check.strict == (False, False, False)
    assert check.loose == (True, True, True)
    assert check.loose_prompt and not check.strict_prompt


def test_the_language_of_a_text_is_the_same_every_time() -> None:
    text = "Guten Tag means good day in German and it is common."
    seen = {check_instruction("language:response_language", {"language": "en"}, text) for _ in range(20)}
    assert len(seen) == 1


def test_arguments_that_are_none_are_left_out_and_others_must_fit() -> None:
    assert check_instruction("punctuation:no_comma", {"keywords": None}, "fine")
    with pytest.raises(ValueError, match="number_words"):
        check_instruction("length_constraints:number_words", {"num_words": 3}, "fine")
    with pytest.raises(ValueError, match="at most"):
        check_instruction("length_constraints:number_words", {"num_words": 3, "relation": "at most"}, "fine")
    with pytest.raises(ValueError, match="keywords:nothing"):
        check_instruction("keywords:nothing", {}, "fine")
    with pytest.raises(ValueError, match="lenient"):
        check_instruction("punctuation:no_comma", {}, "fine", policy="lenient")


@pytest.mark.parametrize("policy", ["strict", "released"])
@pytest.mark.parametrize("bomb", ["<<" * 30_000, "*" * 60_000, "[" * 60_000, '"' * 60_000, "[[" * 30_000 + "1", "a. " * 20_000, " " * 60_000 + "x", "\n" * 60_000 + "x", "<<>>" * 9_000],
                         ids=lambda bomb: bomb[:4])  # fmt: skip
def test_a_long_hostile_response_is_checked_in_bounded_time(bomb: str, policy: str) -> None:
    started = time.process_time()
    for name, kwargs, _ in FOLLOWED:
        check_instruction(name, kwargs, bomb, policy=policy)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It costs 3.5 dollars. Really? Yes! ok.", 4),
        ("J. K. Rowling wrote it. I know.", 2),
        ("I said no. He left. See No. 5 here.", 3),
        ("Wait... what? \"Why?\" he said.", 2),
        ("你好。我很好！", 2),
        ("all in small letters. this is another one.", 2),
        ("***", 0),
    ],
)  # fmt: skip
def test_sentences_are_counted_without_a_model(text: str, count: int) -> None:
    assert len(sentences(text)) == count
