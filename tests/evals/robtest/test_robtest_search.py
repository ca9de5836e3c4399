"""Score-based searches: within the degree and the budget, every query counted, the model asked for many texts at once."""

import random
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.classifier import Asked, FunctionClassifier
from windward.evals.robtest.dimension import Draw
from windward.evals.robtest.distraction import Distraction
from windward.evals.robtest.perturbed import Edit, Mode, Unit, applied
from windward.evals.robtest.search import Attacked, Task, attack
from windward.evals.robtest.searches import SEARCHES, greedy
from windward.evals.robtest.sentence import Sentence, read_sentence
from windward.evals.robtest.typo import Typo

TEXTS = (
    "a good film with a great heart and a fine cast",
    "the good people of this town are great company",
    "nothing here",
    "good",
)
SENTENCES = [read_sentence(text) for text in TEXTS]
LABELS = [1, 1, 0, 1]


class _Counting:
    """Positive by the share of known words; counts all that it is given."""

    name = "counting"

    def __init__(self) -> None:
        self.given: list[str] = []
        self.calls = 0

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        self.given += texts
        self.calls += 1
        scores = np.array([sum(word in ("good", "great", "fine") for word in text.split()) for text in texts])
        positive = 1 / (1 + np.exp(-(scores * 2.0 - 1)))
        return np.stack([1 - positive, positive], axis=1)


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.parametrize("mode", ["general", "malicious"])
@pytest.mark.parametrize("budget", [1, 7, 60, None])
def test_a_search_keeps_its_degree_and_budget_and_counts_every_query(
    name: str, mode: str, budget: int | None
) -> None:
    victim = _Counting()
    asked = Asked(victim)
    found = attack(asked, Typo(), SENTENCES, LABELS, 0.3, SEARCHES[name], mode=mode, budget=budget)  # type: ignore[arg-type]
    assert len(victim.given) == len(set(victim.given)) == asked.queries == sum(one.queries for one in found)
    for one, sentence, label in zip(found, SENTENCES, LABELS, strict=True):
        text = sentence.text
        assert budget is None or one.queries <= budget
        assert applied(text, one.best.edits) == one.best.text
        changed = len(one.best.edits) / len(sentence.words)
        assert one.best.degree == (
            changed if mode == "general" else Levenshtein.distance(text, one.best.text) / len(text)
        )
        assert one.best.degree <= 0.3
        row = _Counting().predict([one.best.text])[0]
        assert one.probability == pytest.approx(row[label])
        assert one.broken == (row.argmax() != label)


def test_greedy_goes_for_the_word_that_decides() -> None:
    (found,) = attack(
        Asked(_Counting()), Typo(), [read_sentence("a good film about a man")], [1], 0.2, greedy
    )
    assert found.broken
    assert [found.best.text.split()[at] for at in (0, 2, 3, 4, 5)] == ["a", "film", "about", "a", "man"]
    assert found.ended == "broken"


def test_thompson_sampling_learns_which_words_decide_and_asks_less_than_greedy() -> None:
    fillers = "alpha bravo carol delta ember frost given hotel india joker"
    texts = [f"{fillers} good {word} great {fillers[::-1]}" for word in ("one", "two", "six", "ten", "nine")]
    sentences = [read_sentence(text) for text in texts]
    asked = [
        sum(
            one.queries
            for seed in range(4)
            for one in attack(
                Asked(_Counting()), Typo(), sentences, [1] * 5, 0.3, SEARCHES[name], budget=200, seed=seed
            )
            if one.broken or pytest.fail(f"{name} did not break {one.best.text}")
        )
        for name in ("thompson", "greedy")
    ]
    assert asked[0] < 0.8 * asked[1]


def test_a_text_that_is_wrong_already_costs_one_query() -> None:
    (found,) = attack(Asked(_Counting()), Typo(), [read_sentence("dull")], [1], 0.6, greedy)
    assert (found.broken, found.queries, found.best.edits) == (True, 1, ())


def test_searches_of_many_texts_share_their_calls() -> None:
    many = [read_sentence(f"a good film with number {word}") for word in ("one", "two", "six", "ten", "nine")]
    victim = _Counting()
    attack(Asked(victim), Typo(), many, [1] * 5, 0.4, greedy)
    alone = _Counting()
    attack(Asked(alone), Typo(), many[:1], [1], 0.4, greedy)
    assert victim.calls <= 2 * alone.calls


def test_what_changes_no_single_words_is_sampled() -> None:
    def strange(texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([[0.9, 0.1] if " @" in text else [0.2, 0.8] for text in texts])

    asked = Asked(FunctionClassifier(strange))
    (found,) = attack(
        asked, Distraction(), [read_sentence("a film that is good")], [1], 0.6, SEARCHES["sampled"]
    )
    assert found.broken
    assert found.best.text.startswith("a film that is good @")


def test_the_same_seed_gives_the_same_attack() -> None:
    first, second = (
        attack(Asked(_Counting()), Typo(), SENTENCES, LABELS, 0.2, SEARCHES["genetic"], seed=3)
        for _ in range(2)
    )
    assert first == second


class _Adding:
    """A dimension that only adds text, and has no samples."""

    name = "adding"
    modes: tuple[Mode, ...] = ("malicious",)
    resource = "two letters"

    def unit(self, mode: Mode) -> Unit:
        return "characters"

    def draws(self, sentence: Sentence, degree: float, mode: Mode, rng: random.Random) -> Iterator[Draw]:
        return iter(())

    def choices(self, sentence: Sentence, place: int) -> Sequence[Edit]:
        end = len(sentence.text)
        return [Edit(end, end, piece) for piece in (" x", " y")] if place == len(sentence.words) - 1 else []


@pytest.mark.parametrize("name", ["greedy", "beam", "genetic"])
def test_text_is_added_piece_by_piece_as_long_as_the_degree_allows(name: str) -> None:
    def tired(texts: Sequence[str]) -> NDArray[np.float64]:
        positive = np.array([0.95 - 0.1 * text.count(" x") for text in texts])
        return np.stack([1 - positive, positive], axis=1)

    def added(degree: float) -> Attacked:
        sentence = read_sentence("twenty letters there")
        return attack(Asked(FunctionClassifier(tired)), _Adding(), [sentence], [1], degree, SEARCHES[name])[0]

    assert (added(0.5).best.text, added(0.5).broken) == ("twenty letters there x x x x x", True)
    short = added(0.45)
    assert (short.best.text, short.broken, short.ended) == (
        "twenty letters there x x x x",
        False,
        "exhausted",
    )
    assert short.queries == 1 + 4 * 2


def test_a_word_that_is_changed_again_keeps_its_place_and_the_rest() -> None:
    sentence = read_sentence("a good film")
    task = Task(
        sentence,
        1,
        1.0,
        "malicious",
        random.Random(0),
        {},
        Typo().choices,
        lambda: iter(()),
        None,
    )
    start, end = sentence.spans[1]
    found = task.again(1, Edit(start, end, "goood"))
    texts = [applied(sentence.text, [edit]) for edit in found]
    assert "a gooood film" in texts
    assert sentence.text not in texts
    assert all(text.startswith("a ") and text.endswith(" film") for text in texts)
