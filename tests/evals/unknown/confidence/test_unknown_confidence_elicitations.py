"""Each elicitation gives the value that its definition gives by hand, and a missing one where there is none."""

from __future__ import annotations

import sys
from math import e, exp, log
from pathlib import Path

import pytest
import torch

from windward.evals.unknown.confidence.digits import LEVELS, ExpectedDigit, expected_level
from windward.evals.unknown.confidence.elicitation import Asked, Scoring
from windward.evals.unknown.confidence.likelihood import (
    NextTokenEntropy,
    QuestionPerplexity,
    SequenceLogProbability,
)
from windward.evals.unknown.confidence.verbalised import Verbalised
from windward.evals.unknown.prompts import answer_messages, confidence_messages
from windward.evals.unknown.records import Question
from windward.models import Reply, local
from windward.models.local_model import Local
from windward.models.scripted_model import scripted

sys.path.insert(0, str(Path(__file__).parents[1]))
from unknown_speakers import Insider

UNIFORM = [1 / 22] * 11
"""Eleven levels that take half of all mass."""


def asked(
    text: str = "Where is Lisbon?", answer: str | None = "In Portugal.", logprobs: object = None
) -> Asked:
    question = Question(f"NEC/answerable/{text}", "NEC", "answerable", text)
    return Asked(question, answer_messages(text), answer, logprobs)  # type: ignore[arg-type]


def insider(levels: list[float] = UNIFORM) -> Insider:
    return Insider(lambda _: "It is so.", lambda _: "7", levels)


@pytest.fixture(scope="module")
def model(tiny_checkpoint: Path) -> Local:
    torch.set_num_threads(1)
    return local(tiny_checkpoint)


async def test_a_said_confidence_is_asked_for_once_in_a_call_that_forbids_to_answer() -> None:
    for said, value, absent in (
        ("8", 8, ""),
        ("It is in Portugal.", None, "unparsed"),
        ("80", None, "out of range"),
    ):
        model = scripted([said])
        found = (await Verbalised(model).elicit(asked())).confidence
        assert (found.value, found.absent, found.said) == (value, absent, said)
        (call,) = model.calls
        assert "Do not answer" in call[0]["content"] and "Where is Lisbon?" in call[-1]["content"]
        assert not any("In Portugal." in message["content"] for message in call)


async def test_a_number_that_was_cut_off_is_not_read() -> None:
    found = await Verbalised(scripted([Reply("1", finish="length")])).elicit(asked())
    assert (found.confidence.value, found.confidence.absent) == (None, "unparsed")


def test_few_shot_examples_say_a_number_each_and_ask_in_the_same_words() -> None:
    few, zero = confidence_messages("Why?", "few-shot"), confidence_messages("Why?")
    assert few[0] == zero[0] and few[-1] == zero[-1] and len(few) > len(zero) == 2
    assert all(message["content"].isdigit() for message in few if message["role"] == "assistant")


@pytest.mark.parametrize("scale", [1.0, 1e-300])
def test_the_expected_level_is_a_mean_over_the_eleven_however_unlikely_all_are(scale: float) -> None:
    levels = [0.0 for _ in LEVELS]
    levels[0], levels[10] = 0.25, 0.75
    logs = [log(level * scale) if level else float("-inf") for level in levels]
    assert expected_level(logs) == pytest.approx(7.5)
    assert expected_level([float(-n) * 1e4 for n in range(11)]) == 0
    assert expected_level([float(n) * 1e4 for n in range(11)]) == 10


async def test_ten_counts_by_the_whole_of_its_tokens_and_the_mass_of_the_eleven_is_noted() -> None:
    weights = [0.001] * 11
    weights[1], weights[10] = 0.1, 0.3
    found = await ExpectedDigit(insider(weights)).elicit(asked())
    by_hand = sum(level * weight for level, weight in enumerate(weights)) / sum(weights)
    assert found.confidence.value == pytest.approx(by_hand)
    assert found.notes["digit_mass"] == pytest.approx(sum(weights))


async def test_on_a_checkpoint_that_spells_ten_in_two_tokens_one_and_ten_share_the_first(
    model: Local,
) -> None:
    """p(1, end) against p(1, 0, end): taking the first token alone would count ten as one."""
    question = asked()
    prompt = confidence_messages(question.question.text)
    totals = [sum(await model.score(prompt, level)) for level in LEVELS]
    assert len(await model.score(prompt, "10")) == 3
    found = await ExpectedDigit(model).elicit(question)
    weights = [exp(total) for total in totals]
    by_hand = sum(level * weight for level, weight in enumerate(weights)) / sum(weights)
    assert found.confidence.value == pytest.approx(by_hand, abs=1e-3)
    assert found.notes["digit_mass"] == pytest.approx(sum(weights), rel=1e-3)
    assert isinstance(model, Scoring)


async def test_likelihood_of_the_answer_is_a_mean_over_its_tokens_or_missing() -> None:
    method = SequenceLogProbability()
    assert (await method.elicit(asked(logprobs=[-0.5, -1.5]))).confidence.value == -1
    without = (await method.elicit(asked())).confidence
    assert (without.value, without.absent) == (None, "no log-probabilities")
    unanswered = (await method.elicit(asked(answer=None))).confidence
    assert (unanswered.value, unanswered.absent) == (None, "no answer")


async def test_entropy_and_perplexity_have_their_sign_turned_so_that_more_is_surer(model: Local) -> None:
    assert (await NextTokenEntropy(insider()).elicit(asked())).confidence.value == -3  # a nat a word
    assert (await QuestionPerplexity(insider()).elicit(asked())).confidence.value == pytest.approx(-e)
    short = (await QuestionPerplexity(insider()).elicit(asked("Why?"))).confidence
    assert (short.value, short.absent) == (None, "too short")
    seen = (await QuestionPerplexity(model).elicit(asked("Tom has 3 apples"))).confidence.value
    tokens = await model.text_log_probabilities("Tom has 3 apples")
    assert seen == pytest.approx(-exp(-sum(tokens) / len(tokens)))


async def test_the_baseline_sees_the_question_alone(model: Local) -> None:
    texts = [asked(answer=answer) for answer in ("In Portugal.", "On the moon.", None)]
    assert len({(await QuestionPerplexity(model).elicit(one)).confidence.value for one in texts}) == 1
