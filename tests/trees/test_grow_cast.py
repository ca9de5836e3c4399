"""Who acts when, with whose words, and in which interpreter: scripted models and the real interpreter."""

import asyncio

import pytest

from windward.models import Reply, scripted
from windward.rows import Problem
from windward.trees import Cast, Gold, GrowConfig, grow_tree, read_trees, trees_to_pairs, write_trees

PROBLEM = Problem("p1", "What is 2 + 3?", "5", "math", "adding")
RIGHT, WRONG = "print(5)", "print(6)"


def fenced(code):
    return f"```python\n{code}\n```"


def says(name, *codes):
    """A model that says these in turn, and the last one for ever."""
    left = [code if "```" in code or " " in code else fenced(code) for code in codes]
    return scripted(lambda _: left.pop(0) if len(left) > 1 else left[0], name=name)


def grown(cast, gold=None, problem=PROBLEM, **config):
    return asyncio.run(grow_tree(problem, cast, GrowConfig(**({"samples": (2,)} | config)), gold=gold))


def kept(tree):
    return {node.result.correct: tree.actor(node) for node in tree.nodes if node.kept}


def test_stronger_models_are_asked_in_turn_and_only_until_one_is_right():
    actor, second, third = says("weak", WRONG), says("second", RIGHT), says("third", RIGHT)
    tree = grown(Cast(actor, (second, third), (says("other", WRONG),)))
    assert [len(model.calls) for model in (actor, second, third)] == [2, 2, 0]
    assert kept(tree) == {True: "second", False: "other"}
    assert {node.way for node in tree.nodes if node.model == "second"} == {"stronger"}


def test_an_actor_that_is_right_needs_no_stronger_model_and_no_gold():
    actor, stronger = says("weak", RIGHT), says("strong", RIGHT)
    gold = Gold("print(2 + 3)", "program")
    grown(Cast(actor, (stronger,), (says("other", WRONG),)), gold=gold)
    assert stronger.calls == [] and len(actor.calls) == 2
    once = says("strong", RIGHT)
    grown(Cast(says("weak", WRONG), (once,), (says("other", WRONG),)), gold=gold)
    assert len(once.calls) == 2


def test_correct_and_incorrect_actions_come_from_different_models():
    """The actor's own mistakes are drawn, and never kept, where opponents play: style must not tell the label."""
    tree = grown(Cast(says("actor", RIGHT, WRONG), (), (says("other", "print(7)"),)))
    assert kept(tree) == {True: "actor", False: "other"}
    (pair,) = trees_to_pairs([tree])
    assert (pair.model, pair.rejected_model) == ("actor", "other")


def test_the_next_opponent_plays_where_one_makes_no_mistake():
    first, second = says("o1", RIGHT), says("o2", WRONG)
    for seed in range(4):
        tree = grown(Cast(says("actor", RIGHT), (), (first, second)), seed=seed)
        assert kept(tree)[False] == "o2"


def test_nobody_plays_both_sides_or_criticises_oneself():
    with pytest.raises(ValueError, match="actor is on both sides"):
        Cast(says("actor", RIGHT), (), (says("actor", WRONG),))
    with pytest.raises(ValueError, match="strong is on both sides"):
        Cast(says("actor", RIGHT), (says("strong", RIGHT),), (says("strong", WRONG),))
    for critic in ("actor", "other"):
        with pytest.raises(ValueError, match="must be a third"):
            Cast(says("actor", RIGHT), (), (says("other", WRONG),), says(critic, "no"))


def test_the_gold_is_shown_only_when_all_before_failed_and_only_to_the_strongest():
    weak, strong = says("weak", WRONG), says("strong", WRONG, WRONG, RIGHT)
    tree = grown(Cast(weak, (strong,), (says("other", WRONG),)), gold=Gold("print(2 + 3)", "program"))
    assert len(weak.calls) == 2
    assert ["print(2 + 3)" in call[-1]["content"] for call in strong.calls] == [False, False, True, True]
    (chosen,) = [node for node in tree.nodes if node.kept and node.result.correct]
    assert (tree.actor(chosen), chosen.way) == ("strong", "given_reference")
    assert all("print(2 + 3)" not in message["content"] for message in tree.history(chosen))


def test_without_a_gold_the_search_stops_at_the_strongest_model():
    strong = says("strong", WRONG)
    tree = grown(Cast(says("weak", WRONG), (strong,), (says("other", WRONG),)))
    assert len(strong.calls) == 2
    assert kept(tree) == {False: "other"}


def several(strong, other, *, actor=None, golds=2):
    first, *others = [Gold(f"print(2 + 3)  # way {number}", "program") for number in range(golds)]
    return asyncio.run(
        grow_tree(
            PROBLEM,
            Cast(actor or says("weak", WRONG), (strong,), (other,)),
            GrowConfig(samples=(2, 2)),
            gold=first,
            other_golds=others,
        )
    )


def test_a_hard_problem_gets_a_pair_for_each_gold():
    strong = says("strong", WRONG, WRONG, RIGHT, RIGHT, RIGHT, "print(2+3)")
    tree = several(strong, says("other", WRONG, "print(7)"))
    shown = [[way in call[-1]["content"] for way in ("way 0", "way 1")] for call in strong.calls]
    assert shown[:6] == [[False, False]] * 2 + [[True, False]] * 2 + [[False, True]] * 2
    first = [(chosen, rejected) for chosen, rejected in tree.pairs() if chosen.turn == 1]
    assert {chosen.result.action for chosen, _ in first} == {fenced(RIGHT), fenced("print(2+3)")}
    assert {rejected.result.action for _, rejected in first} == {fenced(WRONG), fenced("print(7)")}
    assert all(tree.actor(rejected) == "other" for _, rejected in first)
    # One incorrect action is gone on from, as ever, and later turns sample no further golds.
    assert len({node.parent for node in tree.nodes if node.turn == 2}) == 1
    assert all("way 1" not in call[-1]["content"] for call in strong.calls[6:])


def test_a_gold_that_brings_the_same_action_again_adds_no_pair():
    tree = several(says("strong", WRONG, WRONG, RIGHT), says("other", WRONG))
    assert len([pair for pair in tree.pairs() if pair[0].turn == 1]) == 1


def test_a_second_correct_action_is_paired_though_there_is_but_one_mistake():
    strong = says("strong", WRONG, WRONG, RIGHT, RIGHT, "print(2+3)", "print(2+3)")
    tree = several(strong, says("other", WRONG))
    pairs = [(chosen.result.action, rejected.id) for chosen, rejected in tree.pairs() if chosen.turn == 1]
    assert len(pairs) == 2 and len({rejected for _, rejected in pairs}) == 1


def test_a_problem_that_the_actor_solves_is_not_hard():
    strong = says("strong", RIGHT)
    several(strong, says("other", WRONG), actor=says("weak", RIGHT))
    assert strong.calls == []


def test_a_rationale_is_shown_with_its_numbers_masked():
    strong = says("strong", WRONG, WRONG, RIGHT)
    gold = Gold("Add 2 and 3, which makes 5. Check: 5 - 3 is 2.", "rationale")
    grown(Cast(says("weak", WRONG), (strong,), (says("o", WRONG),)), gold=gold)
    shown = strong.calls[-1][-1]["content"].split("hidden as")[1]
    assert "Add [number] and [number], which makes [number]." in shown
    assert not any(digit.isdigit() for digit in shown)


def test_an_action_that_mentions_what_its_author_was_shown_is_not_kept():
    strong = says("strong", WRONG, WRONG, f"As the given solution says:\n{fenced(RIGHT)}")
    tree = grown(Cast(says("weak", WRONG), (strong,), (says("o", WRONG),)), gold=Gold("print(5)", "program"))
    assert any(node.result.correct for node in tree.nodes)
    assert kept(tree) == {False: "o"}


def test_the_critic_sees_the_reference_and_the_next_turn_sees_the_critique():
    critic = says("critic", "The sum is one too large; count again.")
    actor = says("actor", RIGHT)
    tree = grown(Cast(actor, (), (says("other", WRONG),), critic), samples=(1, 1))
    assert "Reference:\n5" in critic.calls[0][-1]["content"]
    assert actor.calls[1][-1]["content"] == "Output: 6\nThe sum is one too large; count again."
    pairs = trees_to_pairs([tree])
    assert pairs[1].prompt[-1]["content"] == actor.calls[1][-1]["content"]


def test_after_the_last_turn_no_critique_is_asked_for():
    critic = says("critic", "Count again.")
    grown(Cast(says("a", RIGHT), (), (says("o", WRONG),), critic), samples=(1, 1, 1))
    assert len(critic.calls) == 2


def test_a_critique_that_tells_the_answer_is_asked_for_again_and_then_left_to_a_sentence():
    twice = says("critic", "It should be 5.", "Count again.")
    tree = grown(Cast(says("a", RIGHT), (), (says("o", WRONG),), twice), samples=(1, 1))
    assert len(twice.calls) == 2
    assert [node.told for node in tree.nodes if node.told] == ["Output: 6\nCount again."]
    stubborn = says("critic", "It should be 5.")
    actor = says("a", RIGHT)
    grown(Cast(actor, (), (says("o", WRONG),), stubborn), samples=(1, 1))
    assert "should be 5" not in str(actor.calls[1])
    assert "That is not the right answer" in actor.calls[1][-1]["content"]


def test_an_opponents_fork_sees_what_was_gone_on_from_and_nothing_of_its_turn():
    """Turn 1 leaves `x = 6` behind; in turn 2 the actor sets `x = 5` in its own fork, and the opponent still reads 6."""
    opponent = says("other", "x=6;print(x)", "print(x)")
    tree = grown(
        Cast(says("actor", WRONG, "x=5;print(x)"), (), (opponent,)), samples=(1, 1), opponent_samples=1
    )
    second = {tree.actor(node): node.result for node in tree.nodes if node.turn == 2}
    assert (second["actor"].correct, second["other"].observation) == (True, "6")


def test_the_incorrect_action_that_fails_a_syntax_check_is_dropped():
    tree = grown(Cast(says("actor", RIGHT), (), (says("other", "print(6"),)), samples=(1, 1))
    assert kept(tree) == {True: "actor"}
    assert {node.turn for node in tree.nodes} == {1}


def test_a_tree_is_five_turns_deep_at_most():
    tree = grown(Cast(says("actor", WRONG), (), (says("other", WRONG),)), samples=(1,) * 5)
    assert max(node.turn for node in tree.nodes) == 5
    assert [len(tree.path(node)) for node in tree.nodes if node.kept] == [0, 1, 2, 3, 4]
    for samples in ((1,) * 6, (), (2, 0)):
        with pytest.raises(ValueError, match="samples are"):
            GrowConfig(samples=samples)


def test_each_schema_is_asked_for_in_its_words_and_stands_in_the_rows():
    asked = {}
    for seed in range(8):
        actor = says("actor", RIGHT)
        tree = grown(
            Cast(actor, (), (says("other", WRONG),)), seed=seed, schemas=("cot", "modular"), samples=(1,)
        )
        (schema,) = {node.schema for node in tree.nodes}
        asked[schema] = actor.calls[0][0]["content"]
        (pair,) = trees_to_pairs([tree])
        assert pair.prompt == list(actor.calls[0])
        assert pair.prompt[-1]["content"] == PROBLEM.prompt
    assert set(asked) == {"cot", "modular"}
    assert "first write the tools" in asked["modular"] and "first write the tools" not in asked["cot"]


def test_an_answer_in_words_is_an_action_of_a_schema():
    tree = grown(Cast(says("actor", "Step 1: add.\nAnswer: 5"), (), (says("other", "Step 1: no.\nAnswer: 6"),)), schemas=("cot",), samples=(1,))  # fmt: skip
    assert kept(tree) == {True: "actor", False: "other"}


def test_the_same_cast_grows_the_same_tree_and_it_goes_to_disk_and_back(tmp_path):
    def once():
        return grown(
            Cast(says("a", RIGHT, WRONG), (), (says("o", WRONG, "print(7)"),), says("c", "Count again.")),
            samples=(3, 2),
            schemas=("cot", "modular"),
        )

    first = once()
    assert once() == first
    write_trees(tmp_path / "trees.jsonl", [first])
    assert read_trees(tmp_path / "trees.jsonl") == [first]


def test_a_call_that_fails_closes_the_interpreters(monkeypatch):
    from windward.interpreter import Interpreter
    from windward.models import ModelError

    opened, closed = [], []
    fork, close = Interpreter.afork, Interpreter.aclose

    async def counted_fork(self):
        branch = await fork(self)
        opened.append(branch)
        return branch

    async def counted_close(self):
        closed.append(self)
        await close(self)

    monkeypatch.setattr(Interpreter, "afork", counted_fork)
    monkeypatch.setattr(Interpreter, "aclose", counted_close)
    with pytest.raises(ModelError):
        grown(Cast(scripted([Reply(fenced(WRONG))], name="actor"), (), (says("other", WRONG),)), samples=(1, 1))  # fmt: skip
    assert len(opened) == 3  # the actor's and the opponent's two of turn 1
    assert set(map(id, opened)) <= set(map(id, closed))
