"""Trees mined from runs made by hand, and properties of trees mined from any runs."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from mining_fakes import OPENING, ran, right, run, wrong

from windward.trees import MineConfig, mine, read_trees, trees_to_pairs, trees_to_sft, write_trees


def mined(*runs, **config):
    trees, counts = mine(runs, MineConfig(**config))
    return trees, counts


def pair_texts(trees):
    return [(row.chosen[0]["content"], row.rejected[0]["content"]) for row in trees_to_pairs(trees)]


def test_first_turns_share_the_instruction_and_come_from_different_models():
    trees, _ = mined(run("a", right()), run("b", wrong()))
    (pair,) = trees_to_pairs(trees)
    assert pair.prompt == list(OPENING)
    assert (pair.model, pair.rejected_model, pair.turn) == ("a", "b", 1)
    assert pair.never_score == ["mint"]


def test_one_models_right_and_wrong_answer_are_no_pair():
    trees, counts = mined(run("a", right()), run("a", wrong()))
    assert trees_to_pairs(trees) == []
    assert counts.partnerless[("adding", 1)] == 1
    assert len(trees_to_sft(trees)) == 1


def test_a_text_that_both_models_wrote_is_of_both():
    _, counts = mined(run("a", right()), run("b", right()), run("b", wrong()), run("a", wrong()))
    assert counts.correct[("adding", 1)] == 1
    assert counts.pairs[("adding", 1)] == 0


def test_deeper_turns_pair_runs_that_did_and_saw_the_same_whatever_they_thought():
    trees, _ = mined(
        run("a", wrong(thought="Perhaps six."), right()), run("b", wrong(thought="Six!"), wrong("7"))
    )
    (pair,) = trees_to_pairs(trees)
    assert (pair.turn, pair.model, pair.rejected_model) == (2, "a", "b")
    assert [message["role"] for message in pair.prompt] == ["system", "user", "assistant", "user"]
    assert pair.prompt[2]["content"] == "<solution>\n6\n</solution>"
    assert pair.prompt[3]["content"].startswith("Observation:\nYour answer is wrong.\n\n")


def test_another_answer_another_observation_or_another_critique_is_another_history():
    for other in (wrong("8"), replace(wrong(), observation="No."), wrong(critique="Count again.")):
        trees, counts = mined(run("a", wrong(), right()), run("b", other, wrong("7")))
        assert [row for row in trees_to_pairs(trees) if row.turn == 2] == []
        assert counts.partnerless[("adding", 2)] == 1


def test_a_recorded_critique_stands_in_the_history():
    said = wrong(critique="Count again.")
    trees, _ = mined(run("a", said, right()), run("b", said, wrong("7")))
    (pair,) = trees_to_pairs(trees)
    assert pair.prompt[-1]["content"] == "Observation:\nYour answer is wrong.\n\nCount again."


def test_an_action_that_handed_nothing_in_is_in_no_pair_and_may_stand_in_a_history():
    trees, _ = mined(run("a", ran(), right()), run("b", ran(), wrong()), run("c", ran("print(2)", "2")))
    assert pair_texts(trees) == [("<solution>\n5\n</solution>", "<solution>\n6\n</solution>")]
    (pair,) = trees_to_pairs(trees)
    assert pair.turn == 2 and pair.prompt[3]["content"] == "Observation:\n1"


def test_a_leaf_that_rests_on_code_before_it_is_not_learnt_without_it():
    trees, counts = mined(run("a", ran(), right("5", "As shown.")), run("b", ran(), wrong()), run("c", wrong(), right("5", "Anew.")))  # fmt: skip
    assert [row.messages[-1]["content"] for row in trees_to_sft(trees)] == [
        "Anew.\n<solution>\n5\n</solution>"
    ]
    assert counts.leaning[("adding", 2)] == 1


def test_what_follows_a_disputed_action_is_not_used():
    disputed = replace(wrong(), verdict="disputed", error_kind=None)
    trees, counts = mined(run("a", disputed, right()), run("b", disputed, wrong("7")))
    assert trees == [] and counts.correct.total() == 0
    assert counts.runs["adding"] == 2


def test_an_answer_judged_both_ways_at_one_place_is_neither_chosen_nor_rejected():
    trees, _ = mined(
        run("a", right("6", "Well.")), run("b", wrong("6")), run("c", wrong("7")), run("d", right())
    )
    assert pair_texts(trees) == [("<solution>\n5\n</solution>", "<solution>\n7\n</solution>")]


def test_malformed_actions_are_in_no_pair():
    for name in ("a", "b"):
        bad = [run("a", right()), run("b", wrong())]
        place = ("a", "b").index(name)
        bad[place] = run(name, replace(bad[place].steps[0], usable=False))
        assert trees_to_pairs(mined(*bad)[0]) == []


def test_code_that_raised_is_gone_on_from_and_never_the_rejected_one():
    raised = replace(ran("1 / 0", "ZeroDivisionError"), verdict="incorrect", error_kind="exception")
    trees, _ = mined(run("a", right()), run("b", raised, right("5", "Then.")), run("c", raised, wrong("9")))
    assert {row.turn for row in trees_to_pairs(trees)} == {2}


def test_depth_is_limited():
    deep = [wrong(str(number)) for number in range(10, 14)]
    for depth, turns in ((5, {5}), (4, set())):
        trees, _ = mined(run("a", *deep, right()), run("b", *deep, wrong("9")), depth=depth)
        assert {row.turn for row in trees_to_pairs(trees)} == turns


def test_an_action_stands_in_one_pair_and_the_cap_holds():
    runs = [run(f"r{n}", right("5", f"Way {n}.")) for n in range(6)]
    runs += [run(f"w{n}", wrong(str(n + 10))) for n in range(4)]
    trees, counts = mined(*runs, pairs_per_turn=9, leaves=99)
    chosen, rejected = zip(*pair_texts(trees), strict=True)
    assert len(set(chosen)) == len(chosen) == len(set(rejected)) == 4
    assert counts.over[("adding", 1)] == 2
    assert len(trees_to_sft(trees)) == 6
    assert len(pair_texts(mined(*runs, pairs_per_turn=2)[0])) == 2
    assert len(trees_to_sft(mined(*runs, pairs_per_turn=2, leaves=3)[0])) == 3


def test_models_take_turns():
    runs = [run("loud", right("5", f"Way {n}.")) for n in range(9)] + [run("quiet", right("5", "Mine."))]
    runs += [run(f"w{n}", wrong(str(n + 10))) for n in range(9)]
    for seed in range(5):
        rows = trees_to_pairs(mined(*runs, pairs_per_turn=2, seed=seed)[0])
        assert {row.model for row in rows} == {"loud", "quiet"}


def test_the_rejected_action_that_was_gone_on_from_is_preferred():
    runs = [run("a", right()), *(run(f"w{n}", wrong(str(n + 10))) for n in range(9))]
    runs += [run("x", wrong("99"), right("5", "Then.")), run("y", wrong("99", "Hm."), wrong("98"))]
    trees, _ = mined(*runs, pairs_per_turn=1)
    first, second = trees_to_pairs(trees)
    assert "99" in first.rejected[0]["content"]
    assert second.prompt[2]["content"] == "<solution>\n99\n</solution>"


def test_problems_are_apart():
    trees, _ = mined(run("a", right(), name="p2"), run("b", wrong(), name="p1"))
    assert [tree.id for tree in trees] == ["p2"]
    assert trees_to_pairs(trees) == []


def test_mined_trees_go_to_disk_and_back(tmp_path):
    trees, _ = mined(
        run("a", wrong(), right()), run("b", wrong(), wrong("7")), run("c", right("5", "\u2028<b>"))
    )
    write_trees(tmp_path / "trees.jsonl", trees)
    assert read_trees(tmp_path / "trees.jsonl") == trees


steps = st.lists(
    st.builds(
        lambda make, text, thought: make(text, thought=thought),
        st.sampled_from([wrong, ran]),
        st.sampled_from("123"),
        st.sampled_from(["", "Hm."]),
    ),
    max_size=6,
)
endings = st.sampled_from([(), (right(),), (right("5", "So."),), (wrong("9"),)])
runs = st.lists(
    st.builds(lambda model, steps, end: run(model, *steps, *end), st.sampled_from("abc"), steps, endings),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(runs, st.integers(1, 3), st.integers(0, 4))
def test_whatever_was_recorded_pairs_keep_the_rules(recorded, per_turn, leaves):
    """Depth, different models, a history that both were in, one pair an action, parents before children; twice the same."""
    config = MineConfig(pairs_per_turn=per_turn, leaves=leaves)
    trees, counts = mine(recorded, config)
    assert (trees, counts) == mine(recorded, config)
    pairs = [(tree, *pair) for tree in trees for pair in tree.pairs()]
    assert len(pairs) == counts.pairs.total()
    for tree, chosen, rejected in pairs:
        assert tree.history(chosen) == tree.history(rejected)
        assert chosen.result.correct and rejected.result.error_kind == "wrong"
        for node in (chosen, rejected):
            path = [(above.in_history, above.told) for above in tree.path(node)]
            authors = {
                one.model
                for one in recorded
                if len(one.steps) > len(path)
                and [step.act for step in one.steps[: len(path)]] == [act for act, _ in path]
                and one.steps[len(path)].text == node.result.action
            }
            assert node.model in authors
        assert chosen.model != rejected.model and chosen.turn <= 5
    used = [node.id for _, chosen, rejected in pairs for node in (chosen, rejected)]
    assert len(used) == len(set(used))
    for tree in trees:
        seen = set()
        for node in tree.nodes:
            assert node.parent is None or node.parent in seen
            seen.add(node.id)
        assert any(node.result.correct for node in tree.nodes)
