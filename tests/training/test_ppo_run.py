"""PPO runs: what a forward says, what is kept, what is refused, and what happens when a run is cut off."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from launching import ENVIRONMENT, LAUNCHER
from typer.testing import CliRunner

from windward.cli import app
from windward.recipes.rewards import verifier
from windward.training import OutputError, RowError, never_score
from windward.training.ppo import Iteration, PPOConfig, Scorer, reward_scorer, train_ppo
from windward.training.ppo.actor import Actor, Asked
from windward.training.ppo.held_out import compared, interval
from windward.training.ppo.prompts import drawn

SMALL: dict[str, Any] = {
    "iterations": 3,
    "rollout": 8,
    "minibatch": 4,
    "learning_rate": 1e-3,
    "max_new_tokens": 6,
    "save_seconds": 0.0,
}
VOWELS = Scorer(
    "vowels", lambda rows, texts: [sum(letter in "aeiou" for letter in text) / 10 for text in texts]
)


def asking(folder: Path, name: str = "rows.jsonl", **more: Any) -> Path:
    file = folder / name
    things = ["apples", "cows", "numbers"]
    file.write_text("".join(json.dumps({"prompt": f"Tom has {thing}.", **more}) + "\n" for thing in things))
    return file


def weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def same_weights(left: Path, right: Path) -> bool:
    ours, theirs = weights(left), weights(right)
    return all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_forward_says_what_a_padded_one_of_transformers_says(tiny_checkpoint: Path) -> None:
    """Left padding behind an attention mask, as usual, against ours, which has none."""
    from transformers import AutoModelForCausalLM

    actor = Actor(tiny_checkpoint, PPOConfig(temperature=0.7))
    sequences = [((5, 6, 7, 8), (9, 10, 11)), ((5, 6), (12,)), ((5, 6, 7), (9, 2))]
    with torch.no_grad():
        said = actor.say(sequences)
    model = AutoModelForCausalLM.from_pretrained(tiny_checkpoint, dtype=torch.float32).eval()
    longest = max(len(prompt) + len(answer) for prompt, answer in sequences)
    expected, entropy = [], []
    for padding in (0, 3):
        rows = [[*prompt, *answer] for prompt, answer in sequences]
        tokens = torch.tensor([[0] * (longest + padding - len(row)) + row for row in rows])
        mask = torch.tensor([[0] * (longest + padding - len(row)) + [1] * len(row) for row in rows])
        places = (mask.cumsum(1) - 1).clamp(min=0)
        with torch.no_grad():
            logits = model(tokens, attention_mask=mask, position_ids=places).logits / 0.7
        every = logits.log_softmax(-1)
        expected, entropy = [], []
        for row, (_, answer) in enumerate(sequences):
            steps = every[row, -len(answer) - 1 : -1]
            expected.append(steps.gather(-1, torch.tensor(answer)[:, None]).squeeze(-1))
            entropy.append(-(steps.exp() * steps).sum(-1))
        torch.testing.assert_close(said.log_probabilities, torch.cat(expected), atol=2e-4, rtol=1e-4)
        torch.testing.assert_close(said.entropy, torch.cat(entropy), atol=2e-4, rtol=1e-4)
    reference = actor.reference(sequences).log_probabilities
    torch.testing.assert_close(reference, torch.cat(expected), atol=2e-4, rtol=1e-4)


def test_the_reference_stays_where_it_began(tiny_checkpoint: Path) -> None:
    sequences = [((5, 6, 7), (9, 10))]
    for lora_rank in (0, 4):
        actor = Actor(tiny_checkpoint, PPOConfig(lora_rank=lora_rank))
        before = actor.reference(sequences)
        with torch.no_grad():
            for parameter in actor.trained():
                parameter += 0.05
            moved = actor.say(sequences).log_probabilities
        after = actor.reference(sequences)
        assert torch.equal(after.log_probabilities, before.log_probabilities)
        assert torch.equal(after.hidden, before.hidden)  # what values are read from
        assert float((moved - before.log_probabilities).abs().max()) > 1e-3


def test_values_are_read_before_the_token_that_they_foresee(tiny_checkpoint: Path) -> None:
    from transformers import AutoModelForCausalLM

    actor = Actor(tiny_checkpoint, PPOConfig())
    model = AutoModelForCausalLM.from_pretrained(tiny_checkpoint, dtype=torch.float32).eval()
    hidden = actor.reference([((5, 6, 7), (9, 10)), ((5, 6), (7,))]).hidden
    with torch.no_grad():
        states = model.model(torch.tensor([[5, 6, 7, 9]])).last_hidden_state[0]
    torch.testing.assert_close(hidden, states[[2, 3, 1]], atol=2e-4, rtol=1e-4)


def test_an_answer_ends_with_its_end_or_is_cut_off(tiny_checkpoint: Path) -> None:
    actor = Actor(tiny_checkpoint, PPOConfig(max_new_tokens=12))
    end = actor.tokenizer.eos_token_id
    asked = [Asked((5, 6, 7), draw) for draw in range(200)]
    answers = actor.answer(asked, 1.0, 0, lambda done: None)
    assert {answer.ended for answer in answers} == {True, False}
    for answer in answers:
        assert end not in answer.tokens[:-1]
        assert answer.ended == (answer.tokens[-1] == end)
        assert answer.ended or len(answer.tokens) == 12
        assert "<|im_end|>" not in actor.text(answer)
    again = actor.answer(asked, 1.0, 0, lambda done: None)
    assert again == answers


def test_a_run_leaves_an_ordinary_checkpoint_and_tells_what_happened(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    from windward.models import local

    heard: list[Iteration] = []
    rows, held_out = asking(tmp_path, never_score=["SVAMP"]), asking(tmp_path, "held_out.jsonl")
    config = PPOConfig(**SMALL, kl_target=0.01, kl_horizon=8)
    improved = train_ppo(
        tiny_checkpoint,
        rows,
        tmp_path / "out",
        VOWELS,
        config,
        held_out=held_out,
        on_iteration=heard.append,
    )
    assert local(improved.path).name.startswith("out@")
    assert heard == list(improved.iterations) and [one.iteration for one in heard] == [1, 2, 3]
    assert heard[0].kl_k1 == pytest.approx(0, abs=1e-4) and heard[2].kl_k3 > 0
    assert heard[0].kl_coef == 0.05 and heard[1].kl_coef == pytest.approx(0.05 * 0.8)
    assert not list(tmp_path.glob("*.part")) and not list(improved.path.glob("state.pt*"))
    record = json.loads((improved.path / "training.json").read_text())
    lines = (improved.path / "iterations.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == record["iterations"] == [vars(one) for one in heard]
    assert never_score(improved.path) == {"svamp"}
    assert record["identity"]["reward"] == "vowels" and record["identity"]["config"]["lam"] == 0.95
    found = json.loads((improved.path / "held_out.json").read_text())
    assert found == improved.held_out
    assert [one["iteration"] for one in found["measurements"]] == [0, 3]
    assert found["measurements"][0]["n"] == 3
    assert found["measurements"][0]["kl_k3"] == pytest.approx(0, abs=1e-4)
    again = train_ppo(tiny_checkpoint, rows, tmp_path / "out", VOWELS, config, held_out=held_out)
    assert again.skipped and again.iterations == improved.iterations and again.held_out == found


def test_a_folder_of_another_run_is_left_alone(tiny_checkpoint: Path, tmp_path: Path) -> None:
    rows = asking(tmp_path)
    train_ppo(tiny_checkpoint, rows, tmp_path / "out", VOWELS, PPOConfig(**SMALL | {"iterations": 1}))
    before = weights(tmp_path / "out")
    others = [
        (VOWELS, PPOConfig(**SMALL | {"iterations": 2})),
        (Scorer("other", VOWELS.score), PPOConfig(**SMALL | {"iterations": 1})),
    ]
    for scorer, config in others:
        with pytest.raises(OutputError, match="already holds something else"):
            train_ppo(tiny_checkpoint, rows, tmp_path / "out", scorer, config)
    after = weights(tmp_path / "out")
    assert all(torch.equal(before[name], after[name]) for name in before)


class Cut(Exception):
    pass


@pytest.mark.parametrize("lora_rank", [0, 4])
def test_a_run_that_was_cut_off_goes_on_where_it_was(
    tiny_checkpoint: Path, tmp_path: Path, lora_rank: int
) -> None:
    rows, held_out = asking(tmp_path), asking(tmp_path, "held_out.jsonl")
    config = PPOConfig(**SMALL, lora_rank=lora_rank, kl_target=0.1, held_out_every=1)
    whole = train_ppo(tiny_checkpoint, rows, tmp_path / "whole", VOWELS, config, held_out=held_out)

    def cut(shown: Iteration) -> None:
        if shown.iteration == 2:
            raise Cut

    with pytest.raises(Cut):
        train_ppo(
            tiny_checkpoint,
            rows,
            tmp_path / "cut",
            VOWELS,
            config,
            held_out=held_out,
            on_iteration=cut,
        )
    assert not (tmp_path / "cut").exists()
    # A line of an iteration that is not in the saved state is written anew.
    with (tmp_path / "cut.part" / "iterations.jsonl").open("a") as log:
        log.write("{}\n")
    heard: list[int] = []
    resumed = train_ppo(
        tiny_checkpoint,
        rows,
        tmp_path / "cut",
        VOWELS,
        config,
        held_out=held_out,
        on_iteration=lambda shown: heard.append(shown.iteration),
    )
    assert heard == [3]
    assert same_weights(resumed.path, whole.path)
    assert resumed.held_out == whole.held_out
    untimed = [[{**vars(one), "seconds": 0.0} for one in run.iterations] for run in (resumed, whole)]
    assert untimed[0] == untimed[1]


def test_a_killed_process_goes_on_where_it_was(tiny_checkpoint: Path, tmp_path: Path) -> None:
    rows = asking(tmp_path)
    whole = train_ppo(tiny_checkpoint, rows, tmp_path / "whole", VOWELS, PPOConfig(**SMALL))
    program = (
        "import os, signal, sys, torch\n"
        f"torch.set_num_threads({torch.get_num_threads()})\n"  # sums depend on it in their last digits
        "from windward.training.ppo import PPOConfig, Scorer, train_ppo\n"
        "def die(shown):\n"
        "    if shown.iteration == 2:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "def score(rows, texts):\n"
        "    return [sum(letter in 'aeiou' for letter in text) / 10 for text in texts]\n"
        f"train_ppo(*sys.argv[1:], Scorer('vowels', score), PPOConfig(**{SMALL!r}), on_iteration=die)\n"
    )
    out = tmp_path / "killed"
    killed = subprocess.run([sys.executable, "-c", program, str(tiny_checkpoint), str(rows), str(out)])
    assert killed.returncode == -signal.SIGKILL and not out.exists()
    heard: list[int] = []
    resumed = train_ppo(
        tiny_checkpoint,
        rows,
        out,
        VOWELS,
        PPOConfig(**SMALL),
        on_iteration=lambda shown: heard.append(shown.iteration),
    )
    assert heard == [3] and same_weights(resumed.path, whole.path)


@pytest.mark.slow
def test_two_processes_take_the_steps_of_one(tiny_checkpoint: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    few = {"relation": "less than", "num_words": 3}
    check = {
        "kind": "instruction",
        "instruction_id": "length_constraints:number_words",
        "kwargs": few,
    }
    rows.write_text(json.dumps({"prompt": "Tom has apples.", "checks": [check]}) + "\n")
    given = ["--rows", str(rows), "--model", str(tiny_checkpoint), "--verifier", "instructions"]
    given += ["--iterations", "2", "--rollout", "9", "--minibatch", "4", "--learning-rate", "1e-3"]
    given += ["--max-new-tokens", "6"]
    for name, start in (("one", []), ("two", LAUNCHER)):
        command = [sys.executable, *start, "-m", "windward", "train", "ppo", *given]
        run = subprocess.run(
            [*command, "--out", str(tmp_path / name)],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.count("2 iterations, reward") == 1
    one, two, start = (weights(tmp_path / "one"), weights(tmp_path / "two"), weights(tiny_checkpoint))
    moved = torch.cat([(one[name] - start[name]).flatten() for name in sorted(one)]).norm()
    apart = torch.cat([(one[name] - two[name]).flatten() for name in sorted(one)]).norm()
    assert moved > 0 and apart < 0.05 * moved


def test_the_command_trains_with_a_verifier(tiny_checkpoint: Path, tmp_path: Path) -> None:
    check = {"kind": "mentions", "any_of": ["a", "e"]}
    rows = asking(tmp_path, checks=[check])
    given = ["train", "ppo", "--rows", str(rows), "--model", str(tiny_checkpoint), "--out"]
    given += [str(tmp_path / "out"), "--iterations", "1", "--rollout", "4", "--minibatch", "2"]
    given += ["--max-new-tokens", "4", "--held-out", str(rows)]
    without = CliRunner().invoke(app, given)
    assert without.exit_code == 2 and "--reward DIR or --verifier NAME" in without.output
    wrong = CliRunner().invoke(app, [*given, "--verifier", "taste"])
    assert wrong.exit_code == 1 and "there are instructions, math" in wrong.output
    unrewarded = CliRunner().invoke(app, [*given, "--verifier", "math"])
    assert unrewarded.exit_code == 1 and "row 0: it has no `answer`" in unrewarded.output
    trained = CliRunner().invoke(app, [*given, "--verifier", "instructions"])
    assert trained.exit_code == 0, trained.output
    assert "1 iterations, reward" in trained.output and "held-out reward: " in trained.output


def test_a_reward_model_is_a_source_of_rewards(
    tiny_checkpoint: Path, tmp_path: Path, written: Callable[[list[dict[str, Any]]], Path]
) -> None:
    from windward.training import RewardConfig, load_reward, train_reward

    pair = {
        "prompt": [{"role": "user", "content": "1 + 1?"}],
        "chosen": [{"role": "assistant", "content": "2"}],
        "rejected": [{"role": "assistant", "content": "3"}],
        "never_score": ["GSM8K"],
    }
    reward = train_reward(tiny_checkpoint, written([pair] * 2), tmp_path / "reward", RewardConfig()).path
    scorer = reward_scorer(reward)
    expected = load_reward(reward).score([[*pair["prompt"], *pair["chosen"]]]).tolist()
    assert scorer.score([{"prompt": "1 + 1?"}], ["2"]) == pytest.approx(expected)
    config = PPOConfig(**SMALL | {"iterations": 1})
    improved = train_ppo(tiny_checkpoint, asking(tmp_path), tmp_path / "out", scorer, config)
    assert never_score(improved.path) == {"gsm8k"}


@pytest.mark.parametrize(
    ("rewards", "said"),
    [([1.0], "gave 1 rewards for 8 answers"), ([float("nan")] * 8, "must be a finite number")],
)
def test_rewards_that_are_none_end_in_a_clear_error(
    tiny_checkpoint: Path, tmp_path: Path, rewards: list[float], said: str
) -> None:
    scorer = Scorer("broken", lambda rows, texts: rewards)
    with pytest.raises(ValueError, match=said):
        train_ppo(tiny_checkpoint, asking(tmp_path), tmp_path / "out", scorer, PPOConfig(**SMALL))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no rows"),
        ("{oops", "line 1: it is no JSON"),
        ('{"question": "?"}\n', "row 0: it needs `prompt`"),
        ('{"prompt": [{"role": "robot", "content": "?"}]}\n', "row 0: `prompt` must hold messages"),
    ],
)
def test_malformed_rows_are_refused_by_name(
    tiny_checkpoint: Path, tmp_path: Path, text: str, said: str
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(text)
    with pytest.raises(RowError, match=said):
        train_ppo(tiny_checkpoint, rows, tmp_path / "out", VOWELS, PPOConfig(**SMALL))


def test_the_verifier_of_maths_rewards_the_right_answer() -> None:
    rows = [{"answer": 12}, {"answer": "1/2"}, {"answer": "7"}]
    texts = ["So the answer is 12.", "It is \\boxed{0.5}", "The answer is 8."]
    assert verifier("math").score(rows, texts) == [1, 1, 0]


def test_every_pass_over_the_rows_asks_each_once() -> None:
    numbers = drawn(5, 0, 15, seed=3)
    assert [sorted(numbers[start : start + 5]) for start in (0, 5, 10)] == [list(range(5))] * 3
    assert numbers[:5] != numbers[5:10]
    assert drawn(5, 7, 4, seed=3) == numbers[7:11]


def test_held_out_intervals_and_p_values_by_hand() -> None:
    assert interval([1.0] * 8 + [0.0] * 2) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Wilson
    low, high = interval([0.0, 0.5, 1.0])
    assert (low + high) / 2 == pytest.approx(0.5) and high - low == pytest.approx(
        2 * 1.95996 * 0.5 / 3**0.5, rel=1e-4
    )
    # Five gains of one sign: 2 of 32 sign patterns are as far from 0.
    found = compared([0.0] * 5, [1.0] * 5, seed=0)
    assert found["gain"] == 1 and found["interval"] == [1, 1] and found["better"] == 5
    assert found["p_value"] == pytest.approx(2 / 32, abs=0.01)
    assert compared([0.5] * 5, [0.5] * 5, seed=0)["p_value"] == 1
