"""TRL computes the same losses for the same pairs."""

from pathlib import Path

import pytest
import torch
from sum_rows import pairs

from windward.training.config import SFTConfig
from windward.training.losses import PREFERENCE_LOSSES, preference_loss
from windward.training.pairs import Pair, chat_reader, read_pairs
from windward.training.policy import load_policy
from windward.training.scores import PairScores, pack_pairs, pair_scores
from windward.training.trainer import answer_log_probabilities

TRL_NAMES = {"dpo": "sigmoid"}
WEIGHTS = {"dpo": 1.0, "ipo": 0.02, "hinge": 2.0, "nca_pair": 3.0, "apo_zero": 5.0}


@pytest.fixture(scope="module")
def other_checkpoint(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy that is not the reference: every loss of equal policies is a constant."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(tiny_checkpoint, dtype=torch.float32)
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.05 * torch.randn_like(weight)
    folder = tmp_path_factory.mktemp("other")
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_checkpoint).save_pretrained(folder)
    return folder


def ours(policy: Path, reference: Path, read: list[Pair]) -> float:
    scores = []
    for folder in (reference, policy):
        model, _ = load_policy(folder, SFTConfig())
        known = scores[0] if scores else [(0.0, 0.0)] * len(read)
        batch = pack_pairs(read, known)
        with torch.no_grad():
            found = pair_scores(answer_log_probabilities(model, batch), batch)
        scores.append(list(zip(found.chosen.tolist(), found.rejected.tolist(), strict=True)))
    return sum(weight * loss(name, found) for name, weight in WEIGHTS.items())


def loss(name: str, found: PairScores) -> float:
    options = {}
    if name == "ipo":
        options = {"chosen_tokens": found.chosen_tokens, "rejected_tokens": found.rejected_tokens}
    given = (found.chosen, found.rejected, found.reference_chosen, found.reference_rejected)
    return float(preference_loss(name, *given, beta=0.1, **options).mean())


def test_trl_computes_the_same_weighted_sum_of_all_objectives(
    tiny_checkpoint: Path, other_checkpoint: Path, tmp_path: Path
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    rows = pairs(4)
    path = tmp_path / "pairs.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    # As texts: of messages, TRL also learns the line break that the template puts behind the end of a turn.
    texts = [
        {
            "prompt": tokenizer.apply_chat_template(
                row["prompt"], tokenize=False, add_generation_prompt=True
            ),
            "chosen": row["chosen"][0]["content"],
            "rejected": row["rejected"][0]["content"],
        }
        for row in rows
    ]
    policy, reference = (
        AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        for folder in (other_checkpoint, tiny_checkpoint)
    )
    trainer = DPOTrainer(
        model=policy,
        ref_model=reference,
        args=DPOConfig(
            output_dir=str(tmp_path / "trl"),
            loss_type=[TRL_NAMES.get(name, name) for name in WEIGHTS],
            loss_weights=list(WEIGHTS.values()),
            beta=0.1,
            bf16=False,
            activation_checkpointing=False,
            use_cpu=True,
            report_to="none",
            learning_rate=0.0,
            per_device_train_batch_size=4,
            max_steps=1,
            logging_steps=1,
            disable_tqdm=True,
            save_strategy="no",
        ),
        train_dataset=Dataset.from_list(texts),
        processing_class=tokenizer,
    )
    trainer.train()
    theirs = next(entry["loss"] for entry in trainer.state.log_history if "loss" in entry)
    read = read_pairs(path, chat_reader(AutoTokenizer.from_pretrained(tiny_checkpoint)), 512)
    # TRL's own KTO compares with a divergence of mismatched answers; ours is held to recorded values.
    assert set(WEIGHTS) == set(PREFERENCE_LOSSES) - {"kto"}
    assert ours(other_checkpoint, tiny_checkpoint, read) == pytest.approx(theirs, rel=2e-4)


def test_where_trls_default_cuts_the_answers_off_ours_keeps_them(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from transformers import AutoTokenizer
    from tree_rows import tree
    from trl import DPOConfig
    from trl.trainer.dpo_trainer import DataCollatorForPreference

    limit = 120
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    path = tmp_path / "pairs.parquet"
    pq.write_table(pa.Table.from_pylist(tree(5)), path)
    whole, ours = (read_pairs(path, chat_reader(tokenizer), length) for length in (2048, limit))
    deep = whole[-1]
    start = deep.chosen.learnt[0][0]
    assert start > limit
    mode = DPOConfig(output_dir=str(tmp_path / "trl"), bf16=False, use_cpu=True).truncation_mode
    collator = DataCollatorForPreference(tokenizer.pad_token_id, max_length=limit, truncation_mode=mode)
    theirs = collator(
        [
            {
                "prompt_ids": list(deep.chosen.tokens[:start]),
                "chosen_ids": list(deep.chosen.tokens[start:]),
                "rejected_ids": list(deep.rejected.tokens[start:]),
            }
        ]
    )
    assert theirs["completion_mask"].sum() == 0
    for kept, all_of_it in ((ours[-1].chosen, deep.chosen), (ours[-1].rejected, deep.rejected)):
        (span,) = kept.learnt
        assert kept.tokens[slice(*span)] == all_of_it.tokens[start:]
        assert len(kept.tokens) <= limit and kept.tokens == all_of_it.tokens[-len(kept.tokens) :]
