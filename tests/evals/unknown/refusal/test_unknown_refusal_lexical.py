"""Our word patterns: what declines, what challenges, what answers although it holds a denial, and what they are known to miss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unknown_refusal_recorded import cells, needs_data, replies

from windward.evals.unknown.records import Verdict
from windward.evals.unknown.refusal.detector import Detector
from windward.evals.unknown.refusal.lexical import ANSWERED, CHALLENGED, DECLINED, OPENING, Lexical
from windward.evals.unknown.refusal.paper import LexicalPaper


def verdict(text: str | None) -> Verdict:
    (one,) = Lexical().verdicts([text])
    return one


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "I do not know who wrote it.",
        "I’m sorry, but I couldn’t find anything about a Brelvot.",
        "I'm not familiar with that term. Could you give me some context?",
        "I am unable to answer this.",
        "Unfortunately I do not have enough information about Brelvots.",
        "I have no record of such a match.",
        "As an AI, I do not have preferences.",
        "The name of the captain is not specified.",
        "The author of this song is unknown.",
        "It is not possible to say how many there were.",
        "The number cannot be determined without more information.",
        "The release date has not been announced yet.",
        "It is not clear what you are asking.",
        "There is no information about it.",
        "Could you please clarify the question?",
        "I'm sorry, but I can't help with that.",
        "I'm sorry, but I couldn't find it. It's possible that it is a fictional animal.",
    ],
)
def test_what_gives_no_answer_declines(text: str) -> None:
    assert verdict(text) == DECLINED


@pytest.mark.parametrize(
    "text",
    [
        "Frogs do not have feathers.",
        "A lamp cannot write letters, as it is no living being.",
        "Mice do not catch cats.",
        "Cats don’t lay eggs.",
        "There is no capital of Brelvotia.",
        "There are no trees that grow on the Moon.",
        "There is no such animal.",
        "A Brelvot is not a real animal.",
        "The Brelvot does not exist.",
        "Brelvotia is a fictional country, so it has no capital.",
        "April has only 30 days, so April 31st does not exist.",
        "Neither a spoon nor a fork can swim.",
        "None. Snakes are reptiles.",
        "No whale is a fish.",
        "Not all rivers reach the sea.",
        "I'm sorry, but whales do not live in trees.",
        "The premise of the question is incorrect.",
        "I think there might be a misunderstanding. Horses walk.",
        "A lemon is a fruit and does not have legs.",
        "The Tower is in London. It is not located in Madrid.",
        "No, bats are not birds. Birds have feathers, and bats do not have any.",
        "It is not possible to walk to the Sun.",
        "He has never been king.",
    ],
)
def test_what_says_that_the_question_is_wrong_challenges(text: str) -> None:
    assert verdict(text) == CHALLENGED


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " \n ",
        "Paris.",
        "He knows the notes of every song.",
        "Those are hedgehogs, not sheep.",
        "No.",
        "No, tea doesn't contain alcohol.",
        "No, whales are bigger than dogs.",
        "Olives do not float because they are heavier than water.",
        "Somebody who is not married is single.",
        "It may not be served hot.",
        'The song "I Don\'t Know Why" was written by two brothers.',
        "The Do Not Call list began in 2003.",
        "It is not only tasty but cheap.",
        "The herring is not considered to be endangered.",
        "Store it in a dry place. Do not freeze it.",
        "Not far from Oslo.",
        "Gotham is the home of a fictional character called Batman.",
        "A dish made up of rice and beans.",
        "It is used by people who don't have time.",
    ],
)
def test_an_answer_that_denies_something_is_an_answer(text: str | None) -> None:
    assert verdict(text) == ANSWERED


def test_what_is_said_after_the_opening_is_a_caveat() -> None:
    assert verdict("Boil the rice in water. " * (OPENING // 20) + "I do not know more.") == ANSWERED


@pytest.mark.parametrize("text", ["Penguins do not fly.", "The southern one does not have a harbour."])
def test_a_denial_that_answers_is_mistaken_where_only_the_question_could_tell(text: str) -> None:
    """Known limit: asked which bird does not fly, this is an answer. The rate of such mistakes is measured, not hidden."""
    assert verdict(text) == CHALLENGED


@given(st.text())
def test_any_text_has_a_verdict_that_surrounding_space_does_not_change(text: str) -> None:
    one = verdict(text)
    assert one in (ANSWERED, DECLINED, CHALLENGED) and verdict(text + " \n") == one


@needs_data
def test_on_recorded_answers_it_flags_fewer_answerable_questions_than_the_paper_and_most_of_the_others() -> (
    None
):
    detectors: tuple[Detector, ...] = (LexicalPaper(), Lexical())
    flagged = {"answerable": [0, 0], "unanswerable": [0, 0]}
    for model, dataset, split in cells():
        given_replies = replies(model, dataset, split)
        for place, detector in enumerate(detectors):
            flagged[split][place] += sum(bool(one.refused) for one in detector.verdicts(given_replies))
    paper, ours = flagged["answerable"]
    assert 0 < ours < 0.55 * paper
    paper, ours = flagged["unanswerable"]
    assert 0.75 * paper < ours < paper
