"""Demonstrations: so many a class, never a tested text, never of the tested split, and as many as fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from windward.evals.shift.declared import TASKS
from windward.evals.shift.paradigms.asking import fitted
from windward.evals.shift.paradigms.demonstrations import demonstrations
from windward.evals.shift.paradigms.offered import offered
from windward.evals.shift.paradigms.prompts import answered, instruction, messages, shown
from windward.evals.shift.task import Example, ShiftError
from windward.models import Message
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

RATED = TASKS["rated"]
POOL = [
    Labelled(f"{label}-{n}", f"train text {n} of {label}", label) for label in range(3) for n in range(20)
]
TESTED = [Labelled(f"t{n}", f"a tested text {n}", n % 3) for n in range(6)]


def drawn(pool: Sequence[Example] = POOL, shots: int = 4, seed: int = 0, **more: str) -> list[Labelled]:
    found = demonstrations(RATED, RATED.id, pool, TESTED, shots, seed, **more)
    return [one for one in found.examples if isinstance(one, Labelled)]


@pytest.mark.parametrize("shots", [1, 3, 16, 25])
def test_n_shots_are_n_of_each_class_or_all_of_a_smaller_one_whatever_the_order(shots: int) -> None:
    # The release lets one small class shrink the later ones: 16 shots gave {3, 3, 3} or {16, 16, 3} by their order.
    pool = [one for one in POOL if one.label != 1 or int(one.id[2:]) < 3]
    for order in (pool, pool[::-1]):
        counts = Counter(one.label for one in drawn(order, shots))
        assert counts == {0: min(shots, 20), 1: min(shots, 3), 2: min(shots, 20)}


def test_a_seed_draws_and_orders_and_another_one_otherwise() -> None:
    assert drawn(seed=1) == drawn(seed=1) != drawn(seed=2)


def test_classes_take_turns_so_that_the_last_few_are_balanced_as_well() -> None:
    labels = [one.label for one in drawn(shots=4)]
    assert all(set(labels[at : at + 3]) == {0, 1, 2} for at in range(0, 12, 3))


def test_a_tested_text_is_never_shown_exact_or_but_for_case_and_layout() -> None:
    alike = [Labelled("exact", "a tested text 1", 0), Labelled("alike", "A tested  text, 2!", 1)]
    found = demonstrations(RATED, RATED.id, [*alike, *POOL], TESTED, 20, 0)
    assert not {"exact", "alike"} & {one.id for one in found.examples}
    assert found.barred == 2
    with pytest.raises(ShiftError, match="each is a text that is tested"):
        drawn(alike)
    with pytest.raises(ShiftError, match="it is empty"):
        drawn([])


def test_a_text_that_stands_twice_among_those_to_be_shown_is_shown_once() -> None:
    twice = [replace(one, id=f"again-{one.id}") for one in POOL]
    texts = [one.text for one in drawn([*POOL, *twice], 20)]
    assert len(texts) == len(set(texts)) == 60


def test_the_tested_split_shows_nothing() -> None:
    with pytest.raises(ShiftError, match="the split that is tested"):
        drawn(split="train")
    same = replace(RATED.id, splits={"train": "all", "test": "all"})
    with pytest.raises(ShiftError, match="the split that is tested"):
        demonstrations(RATED, same, POOL, TESTED, 3, 0)


def test_no_shot_is_not_a_demonstration() -> None:
    with pytest.raises(ShiftError, match="zero-shot"):
        drawn(shots=0)


def test_a_class_that_a_set_lacks_is_not_shown_there() -> None:
    found = demonstrations(RATED, RATED.id, POOL, TESTED, 2, 0)
    here = found.of(offered(RATED, "SST-2"), RATED)
    assert Counter(one.label for one in here if isinstance(one, Labelled)) == {0: 2, 1: 2}


def test_for_entities_there_are_n_sentences_of_each_type() -> None:
    task = TASKS["entities"]
    pool = [
        Tagged(f"{kind}-{n}", (f"Name{n}{kind}", "said"), (f"B-{kind}", "O"))
        for kind in task.labels
        for n in range(5)
    ]
    found = demonstrations(task, task.id, pool, [], 2, 0)
    kinds = Counter(one.tags[0][2:] for one in found.examples if isinstance(one, Tagged))
    assert kinds == dict.fromkeys(task.labels, 2) and found.short == {}


def test_a_type_that_the_set_lacks_is_left_out_of_a_demonstration_s_answer() -> None:
    task = TASKS["entities"]
    one = Tagged("1", ("Ann", "built", "Big", "Ben"), ("B-person", "O", "B-building", "I-building"))
    assert answered(one, task, offered(task, "Few-NERD")) == "person: Ann\nbuilding: Big Ben"
    assert answered(one, task, offered(task, "CoNLL")) == "person: Ann"
    assert answered(Tagged("2", ("It", "rains"), ("O", "O")), task, offered(task, "CoNLL")) == "none"


def test_a_question_about_a_tested_text_is_not_shown() -> None:
    task = TASKS["questions"]
    tested = [Question("t", "Paris is big.", "What is big?", ("Paris",))]
    pool = [
        Question("same", "paris is big", "How is Paris?", ("big",)),
        Question("other", "Ann sang.", "Who sang?", ("Ann",)),
    ]
    found = demonstrations(task, task.id, pool, tested, 3, 0)
    assert [one.id for one in found.examples] == ["other"] and found.barred == 1


class _Small:
    """A model whose tokens are words."""

    def __init__(self, max_context: int) -> None:
        self.max_context = max_context

    def prompt_tokens(self, messages: Sequence[Message]) -> list[str]:
        return [word for message in messages for word in message["content"].split()]


def test_the_fewest_whole_demonstrations_are_left_out_the_first_ones_first() -> None:
    turns = [(f"text {n}", f"label{n}") for n in range(5)]
    whole = messages("say which", turns, "the text")
    words = len(_Small(0).prompt_tokens(whole))
    assert fitted(_Small(words + 16), "1", "say which", turns, "the text", 16).shown == 5
    shorter = fitted(_Small(words + 16 - 4), "1", "say which", turns, "the text", 16)
    assert shorter.messages == messages("say which", turns[2:], "the text") and shorter.shown == 3
    assert fitted(_Small(0), "1", "say which", turns, "the text", 16).shown == 0
    assert fitted(object(), "1", "say which", turns, "the text", 16).shown == 5


def test_only_the_labels_of_a_set_are_offered_there() -> None:
    said = instruction(RATED, offered(RATED, "SST-2"), pairs=False)
    assert said.endswith("nothing else: negative, positive.") and "neutral" not in said


def test_where_two_labels_count_as_one_both_are_offered() -> None:
    task = TASKS["inference"]
    labels = offered(task, "QNLI")
    assert labels.labels == task.labels and labels.counted == ("entailment", "contradiction")
    pair = Labelled("1", "It rains.", 0, "It is wet.")
    assert shown(pair) == "Premise: It rains.\nHypothesis: It is wet."


def test_labels_that_read_the_same_are_refused() -> None:
    with pytest.raises(ShiftError, match="rename one"):
        offered(replace(RATED, labels=("not_toxic", "not-toxic"), mask={}), "amazon")
    with pytest.raises(ShiftError, match="two are needed"):
        offered(replace(RATED, mask={"amazon": ("negative",)}), "amazon")
    with pytest.raises(ShiftError, match="no label of task"):
        offered(replace(RATED, mask={"amazon": ("negative", "angry")}), "amazon")
