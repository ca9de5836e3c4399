"""Mixtures of principles, by source."""

import random
from collections import Counter

import pytest
from scipy.stats import chisquare

from windward.feedback import PrincipleMixture, Record, draws
from windward.feedback.system_prompts import PRINCIPLES, SYSTEM_PROMPTS

CHAT = {"helpfulness": 0.6, "truthfulness": 0.2, "honesty": 0.18, "verbalized_calibration": 0.02}
FACTS = {"truthfulness": 0.5, "honesty": 0.45, "verbalized_calibration": 0.05}
PAPER = {
    "evol_instruct": {"helpfulness": 1.0},
    "sharegpt": CHAT,
    "ultrachat": CHAT,
    "flan": {"helpfulness": 0.6, "truthfulness": 0.2, "verbalized_calibration": 0.2},
    "truthful_qa": {"truthfulness": 1.0},
    "false_qa": {"truthfulness": 1.0},
}
RELEASED = PAPER | {
    "flan": {"helpfulness": 0.8, "verbalized_calibration": 0.2},
    "truthful_qa": FACTS,
    "false_qa": FACTS,
}
CASES = [
    (mixture, source, shares)
    for mixture, table in ((PrincipleMixture.paper(), PAPER), (PrincipleMixture.released(), RELEASED))
    for source, shares in table.items()
]


@pytest.mark.parametrize(("mixture", "source", "shares"), CASES, ids=lambda one: getattr(one, "name", None))
def test_the_principles_of_a_source_are_drawn_as_its_table_says(mixture, source, shares):
    """χ² at 20,000 completions; two points of a chat's helpfulness gone to truthfulness would give p < 10^-6."""
    seen = Counter(
        draw.principle
        for number in range(5000)
        for draw in draws(Record(f"p{number}", source, "…"), "abcdef", mixture)
    )
    assert set(seen) == set(shares)
    expected = [share * 20_000 for share in shares.values()]
    if len(shares) > 1:
        assert chisquare([seen[name] for name in shares], expected).pvalue > 0.001


def test_every_wording_of_a_principle_is_drawn_alike():
    chance = random.Random(0)
    seen = Counter(PrincipleMixture.paper().draw("evol_instruct", chance)[1] for _ in range(20_000))
    assert set(seen) == set(SYSTEM_PROMPTS["helpfulness"])
    assert chisquare(list(seen.values())).pvalue > 0.001


def test_each_principle_has_wordings_enough_and_none_twice():
    assert {name: len(SYSTEM_PROMPTS[name]) >= 11 for name in ("helpfulness", "truthfulness", "honesty")} == {
        "helpfulness": True,
        "truthfulness": True,
        "honesty": True,
    }
    everything = [text for name in PRINCIPLES for text in SYSTEM_PROMPTS[name]]
    assert len(set(everything)) == len(everything) and all(text.strip() == text for text in everything)


def test_calibration_asks_for_a_number_and_no_other_principle_does():
    asks = {name for name in PRINCIPLES if any("Confidence:" in text for text in SYSTEM_PROMPTS[name])}
    assert asks == {"verbalized_calibration"}


def test_a_source_without_a_mixture_gets_the_chats_and_a_part_of_flan_gets_flan_s():
    paper = PrincipleMixture.paper()
    assert paper.shares("my own questions") == CHAT
    assert paper.shares("flan_v2_cot") == PAPER["flan"]
    assert (
        PrincipleMixture("mine", default={"harmlessness": 1.0}).draw("x", random.Random(0))[0]
        == "harmlessness"
    )


@pytest.mark.parametrize(
    "shares", [{"helpfulness": 0.9}, {"kindness": 1.0}, {"honesty": 1.5, "helpfulness": -0.5}]
)
def test_shares_that_are_none_are_refused_with_their_source(shares):
    with pytest.raises(ValueError, match="quiz: "):
        PrincipleMixture("mine", {"quiz": shares})
