"""What a kept run becomes: our system message, no thought tags, and a mask over what is learnt."""

from trajectory_fakes import failed, lost, ran, refused, run, solved
from windward.recipes.codeact.conversation import row_of
from windward.recipes.codeact.opening import system_message

MIXED = run(1, ran("a = 1"), failed(), refused(), lost(), ran("b = 2"), solved())


def learnt(row):
    return [
        is_learnt
        for message, is_learnt in zip(row.messages, row.learn, strict=True)
        if message["role"] == "assistant"
    ]


def test_only_turns_that_went_well_are_learnt():
    assert learnt(row_of(MIXED)) == [True, False, False, False, True, True]


def test_all_turns_are_learnt_where_the_papers_way_is_asked_for():
    assert learnt(row_of(MIXED, "all")) == [True] * 6


def test_no_message_of_system_or_user_is_ever_learnt():
    for learn in ("good", "all"):
        row = row_of(MIXED, learn)
        others = [
            is_learnt
            for message, is_learnt in zip(row.messages, row.learn, strict=True)
            if message["role"] != "assistant"
        ]
        assert others == [False] * 7


def test_the_roles_run_from_system_to_the_agents_last_word():
    row = row_of(MIXED)
    assert [message["role"] for message in row.messages] == [
        "system",
        "user",
        *["assistant", "user"] * 5,
        "assistant",
    ]
    assert (row.turns, row.recovered, row.never_score) == (6, True, ["mint", "gsm8k"])


def test_without_a_system_message_the_row_begins_with_the_task():
    row = row_of(run(1, system=""))
    assert row.messages[0] == {"role": "user", "content": run(1).problem}
    assert row.learn[0] is False


def test_thoughts_stay_and_their_tags_go():
    turn = ran()
    told = row_of(run(1, turn, turn, solved())).messages[2]["content"]
    assert told == "print(1)\n<execute>print(1)</execute>"


def test_a_run_recovers_from_an_error_or_a_rejected_answer_and_from_nothing_else():
    assert run(1, failed(), ran(), solved()).recovered
    assert run(1, ran(), refused(), solved()).recovered
    assert not run(1, lost(), ran(), solved()).recovered
    assert not run(1, failed(), ran(), solved(), success=False).recovered


def test_the_system_message_states_format_budget_and_the_tools_the_run_had():
    bare = system_message(turns=5, proposals=2)
    assert "<execute>" in bare and "<solution>" in bare and "5 turns" in bare and "2 answers at most" in bare
    assert "goto" not in bare
    told = system_message(("goto", "no_such_tool", "wikipedia_search"), turns=3, proposals=1)
    assert "goto(receptacle: str) -> str" in told and "wikipedia_search(query: str) -> str" in told
    assert "one answer" in told and "no_such_tool" not in told
