"""Figures by hand and by the libraries of the field; masks; what could not be read stays in the denominator."""

from __future__ import annotations

import random
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score

from windward.evals.shift.declared import TASKS
from windward.evals.shift.masks import columns, probabilities_on
from windward.evals.shift.metrics import accuracy, answer_scores, entity_f1, exact_match, normal_form, word_f1
from windward.evals.shift.task import ShiftError
from windward.rows import Result
from windward.rows.questions import Question
from windward.rows.tagged import Tagged


def _sentence(id: str, tags: str) -> Tagged:
    found = tuple(tags.split())
    return Tagged(id, tuple("word" for _ in found), found)


def test_accuracy_counts_what_could_not_be_read_as_wrong() -> None:
    figure = accuracy([0, 1, None, 2], [0, 1, 0, 0])
    assert (figure.value, figure.n, figure.unparsed) == (0.5, 4, 1)
    assert figure.stderr == pytest.approx((0.25 / 4) ** 0.5)


def test_a_figure_becomes_a_row_of_the_result_table() -> None:
    row = accuracy([0, None], [0, 1]).result(
        model="m", dataset="movie", split="test", condition={"task": "rated", "seed": 1}
    )
    assert row == Result(
        "shift", "m", "movie", "test", "accuracy", 0.5, 2, {"task": "rated", "seed": 1}, row.stderr, 1
    )
    ends = entity_f1([["O"]], [_sentence("1", "B-person")]).result(
        model="m", dataset="WNUT", split="test", condition={}
    )
    assert set(ends.condition) == {"low", "high"}


def test_one_of_ten_mentions_found_is_far_from_one() -> None:
    """The release compares sets of distinct mentions over the corpus and averages over types: the same answers score 1.0."""
    wanted = [_sentence(str(number), "B-person I-person O") for number in range(10)]
    predicted = [["B-person", "I-person", "O"], *([["O", "O", "O"]] * 9)]
    assert entity_f1(predicted, wanted).value == pytest.approx(2 / 11)


def test_the_average_over_entities_is_not_that_over_types() -> None:
    wanted = [_sentence("1", "B-person O B-person O B-person O B-art")]
    predicted = [["B-person", "O", "B-person", "O", "B-person", "O", "O"]]
    assert entity_f1(predicted, wanted).value == pytest.approx(6 / 7)  # over types it would be 1/2


def test_entity_f1_is_seqevals_on_random_tags() -> None:
    chance = random.Random(0)
    tags = columns(TASKS["entities"])
    for _ in range(20):
        wanted = [_sentence(str(n), " ".join(chance.choices(tags, k=6))) for n in range(8)]
        predicted = [
            [tag if chance.random() < 0.6 else chance.choice(tags) for tag in one.tags] for one in wanted
        ]
        expected = f1_score([list(one.tags) for one in wanted], predicted, average="micro")
        assert entity_f1(predicted, wanted, draws=10).value == pytest.approx(expected)


def test_an_interval_over_sentences_holds_the_value_and_its_seed_decides_it() -> None:
    wanted = [_sentence(str(number), "B-person O") for number in range(40)]
    predicted = [["B-person" if number % 4 else "O", "O"] for number in range(40)]
    figure = entity_f1(predicted, wanted)
    assert figure.low is not None and figure.high is not None
    assert figure.low < figure.value < figure.high and 0 < figure.stderr < 0.1
    assert entity_f1(predicted, wanted) == figure != entity_f1(predicted, wanted, seed=1)


def test_a_sentence_that_could_not_be_read_has_its_entities_missed() -> None:
    wanted = [_sentence("1", "B-person O"), _sentence("2", "B-art O")]
    figure = entity_f1([["B-person", "O"], None], wanted)
    assert figure.value == pytest.approx(2 / 3) and (figure.n, figure.unparsed) == (2, 1)
    nothing = entity_f1([["O", "O"]], [_sentence("1", "O O")])
    assert nothing.value == 0.0


def test_a_sentence_with_too_few_tags_is_named() -> None:
    with pytest.raises(ShiftError, match="sentence 7: 1 tags for 2 words"):
        entity_f1([["O"]], [_sentence("7", "O O")])


@pytest.mark.parametrize(
    ("said", "answer", "exact", "shared"),
    [
        ("The Old Mill!", "old mill", 1.0, 1.0),
        ("an   old\nmill", "the old-mill", 0.0, 0.0),  # a hyphen goes without a blank: "oldmill"
        ("in Dover", "Dover", 0.0, 2 / 3),
        ("Dover Dover", "Dover", 0.0, 2 / 3),  # once in both
        ("", "Dover", 0.0, 0.0),
        ("Theatre", "atre", 0.0, 0.0),  # an article is a word, not letters
        ("U.S.", "us", 1.0, 1.0),
    ],
)
def test_answers_are_compared_in_squads_normal_form(
    said: str, answer: str, exact: float, shared: float
) -> None:
    assert exact_match(said, answer) == exact
    assert word_f1(said, answer) == pytest.approx(shared)


def test_the_normal_form_drops_punctuation_before_articles() -> None:
    assert normal_form("  The “A-team”, a. an THE end ") == "“ateam” end"


def test_an_answer_counts_against_the_one_that_it_is_closest_to() -> None:
    wanted = [
        Question("1", "c", "q", ("Ida Moe", "Moe")),
        Question("2", "c", "q", ("Dover",)),
        Question("3", "c", "q", ("1911",)),
    ]
    matched, shared = answer_scores(["moe", "in Dover", None], wanted)
    assert (matched.metric, matched.n, matched.unparsed) == ("exact_match", 3, 1)
    assert matched.value == pytest.approx(1 / 3)
    assert shared.metric == "f1" and shared.value == pytest.approx((1 + 2 / 3) / 3)
    assert shared.stderr == pytest.approx(np.std([1, 2 / 3, 0]) / 3**0.5)


def test_predictions_and_examples_must_be_of_one_length_and_questions_have_answers() -> None:
    for score in (accuracy, entity_f1, answer_scores):
        with pytest.raises(ShiftError, match="cannot be scored"):
            score([], [])
    with pytest.raises(ShiftError, match="cannot be scored"):
        accuracy([1], [1, 0])
    with pytest.raises(ShiftError, match="question 5 has no answer"):
        answer_scores(["a"], [Question("5", "c", "q", ())])


def test_few_nerds_eight_types_are_seventeen_tags() -> None:
    found = columns(TASKS["entities"])
    assert len(found) == 17 and found[:3] == ("O", "B-location", "I-location")
    assert columns(TASKS["rated"]) == ("negative", "positive", "neutral")


def test_a_set_of_two_classes_gets_no_third_and_its_probabilities_sum_to_one() -> None:
    task = TASKS["sentiment"]
    found = probabilities_on(task, "SST-2", [[0.2, 0.3, 0.5], [0.0, 0.0, 1.0]])
    assert found == pytest.approx(np.array([[0.4, 0.6, 0.0], [0.5, 0.5, 0.0]]))
    assert probabilities_on(task, "SST", [[0.2, 0.3, 0.5]]).tolist() == [[0.2, 0.3, 0.5]]


def test_where_a_set_does_not_tell_neutral_from_contradiction_they_are_added() -> None:
    task = TASKS["inference"]
    given = np.array([[0.4, 0.3, 0.3]])
    found = probabilities_on(task, "DocNLI", given)
    assert found == pytest.approx(np.array([[0.4, 0.0, 0.6]]))
    assert found.argmax() == 2 and given.argmax() == 0  # added before the choice, which they change
    assert given.tolist() == [[0.4, 0.3, 0.3]]
    assert probabilities_on(task, "WANLI", given).argmax() == 0


def test_tags_of_types_that_a_set_lacks_get_no_probability() -> None:
    task = TASKS["entities"]
    tags = columns(task)
    given = np.full((2, 3, 17), 0.01)
    given[..., tags.index("B-building")] = 0.84
    found = probabilities_on(task, "CoNLL", given)
    lacking = [at for at, tag in enumerate(tags) if tag[2:] in ("building", "art", "product", "event")]
    assert found.shape == (2, 3, 17) and (found[..., lacking] == 0).all()
    assert found.sum(axis=-1) == pytest.approx(np.ones((2, 3))) and (found[..., 0] > 0).all()
    on_wnut = probabilities_on(task, "WNUT", given)
    assert (on_wnut[..., tags.index("B-art")] > 0).all() and (on_wnut[..., tags.index("I-event")] == 0).all()
    assert (on_wnut[..., tags.index("B-miscellaneous")] == 0).all()


@given(st.lists(st.floats(0, 1e6), min_size=17, max_size=17), st.sampled_from(["CoNLL", "E-NER", "WNUT"]))
def test_whatever_the_probabilities_a_tag_that_is_not_there_is_never_chosen(
    row: list[float], name: str
) -> None:
    task = TASKS["entities"]
    found = probabilities_on(task, name, row)
    chosen = columns(task)[int(found.argmax())]
    assert chosen == "O" or chosen[2:] in task.mask[name]
    assert found.sum() == pytest.approx(1) and (found >= 0).all()


@given(st.text(), st.text())
def test_a_normal_form_is_its_own_and_an_equal_answer_has_all_words(said: str, answer: str) -> None:
    assert normal_form(normal_form(said)) == normal_form(said)
    assert 0 <= word_f1(said, answer) <= 1 and word_f1(said, answer) == word_f1(answer, said)
    if exact_match(said, answer) and normal_form(said):
        assert word_f1(said, answer) == 1


def test_the_bootstrap_of_a_large_set_needs_little_memory() -> None:
    wanted = [_sentence("1", "B-person O")] * 20_000
    tracemalloc.start()
    entity_f1([["B-person", "O"]] * 20_000, wanted, draws=100)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 30e6  # 100 resamples at once would take 48 MB


def test_a_mask_and_merged_labels_work_together() -> None:
    task = replace(TASKS["inference"], mask={"DocNLI": ("entailment", "contradiction")})
    assert probabilities_on(task, "DocNLI", [0.2, 0.5, 0.3]) == pytest.approx(np.array([0.2, 0.0, 0.8]))


def test_probabilities_of_another_shape_or_kind_are_refused() -> None:
    task = TASKS["rated"]
    with pytest.raises(ShiftError, match="3 columns"):
        probabilities_on(task, "movie", [[0.5, 0.5]])
    for wrong in ([[0.5, -0.1, 0.6]], [[0.5, float("nan"), 0.5]]):
        with pytest.raises(ShiftError, match="negative or not finite"):
            probabilities_on(task, "movie", wrong)
