"""A small reward head on frozen features, under L_BT, L_BT + L_DR and L_DR alone (Eurus §3 and its ablation, table 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from windward.evals.reward.book import Book
from windward.recipes.eurus.features import Features
from windward.recipes.eurus.pairs import Halves, folds, halves

if TYPE_CHECKING:
    from torch import Tensor

OBJECTIVES = {"bt": "L_BT", "bt+dr": "L_BT + L_DR", "dr": "L_DR"}


@dataclass(frozen=True)
class HeadConfig:
    """How a head is trained.

    Attributes:
        hidden: its units.
        epochs: passes over the pairs at most; the head of the pass with the lowest loss on the validation problems is kept.
        validation: one in so many training problems is for that, and not learnt from.
        patience: passes without a lower one, after which it ends.
        batch_size: pairs a step.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
    """

    hidden: int = 64
    epochs: int = 40
    validation: int = 5
    patience: int = 5
    batch_size: int = 32
    learning_rate: float = 2e-4
    weight_decay: float = 0.01


@dataclass(frozen=True)
class Head:
    """A trained head and what it says of pairs whose problems it has not seen.

    Attributes:
        objective: a name in `OBJECTIVES`.
        seed: of the split, the weights and the order.
        fold: that was held out.
        train_pairs: pairs it learnt from.
        epochs: passes after which it was kept.
        train_accuracy: its pair accuracy on those, ties half.
        pairs: numbers of the pairs held out.
        chosen: their rewards.
        rejected: likewise.
    """

    objective: str
    seed: int
    fold: int
    train_pairs: int
    epochs: int
    train_accuracy: float
    pairs: tuple[int, ...]
    chosen: tuple[float, ...]
    rejected: tuple[float, ...]


def train_heads(
    features: Features,
    problems: Sequence[str],
    book: Book,
    *,
    seeds: Sequence[int],
    count: int,
    config: HeadConfig,
    tell: Callable[[str], None] = print,
) -> list[Head]:
    """A head for each objective, seed and fold: over a seed's folds every pair is held out once.

    The three heads of a seed and fold start from the same weights and see the same pairs in the same order.

    Args:
        features: of the pairs, n of them.
        problems: of each pair.
        book: heads that are there already; the others are added.
        seeds: of splits and weights.
        count: folds.
        config: how heads are trained.
        tell: shows a line of progress.
    """
    found = []
    for seed in seeds:
        drawn = folds(problems, count, seed)
        for fold in range(count):
            for objective in OBJECTIVES:
                key = f"{features.name}/{objective}/{seed}/{fold}"
                if key not in book:
                    split = halves(drawn, fold)
                    with _one_thread():
                        made = _trained(features, split, problems, objective, seed, fold, config)
                    book.put(key, made)
                found.append(_head(book[key]))
        tell(f"  seed {seed}: {count * len(OBJECTIVES)} heads on {features.name}")
    return found


@contextmanager
def _one_thread() -> Iterator[None]:
    """Layers this small are slower on many threads, and slower by far where others need the processors too."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def objective_loss(objective: str, chosen: Tensor, rejected: Tensor) -> Tensor:
    """The loss of each pair, (n,); `chosen` and `rejected` are rewards, (n,)."""
    from windward.training.losses import reward_loss

    both = reward_loss(chosen, rejected, absolute=objective != "bt")
    return both - reward_loss(chosen, rejected, absolute=False) if objective == "dr" else both


def _trained(
    features: Features,
    split: Halves,
    problems: Sequence[str],
    objective: str,
    seed: int,
    fold: int,
    config: HeadConfig,
) -> dict[str, Any]:
    import torch

    chosen, rejected = torch.from_numpy(features.chosen), torch.from_numpy(features.rejected)
    inner = folds([problems[number] for number in split.train], config.validation, 1000 * seed + fold)
    train = torch.tensor([number for number, one in zip(split.train, inner, strict=True) if one])
    validation = torch.tensor([number for number, one in zip(split.train, inner, strict=True) if not one])
    held_out = torch.tensor(split.held_out)
    seen = torch.cat([chosen[train], rejected[train]])
    centre, scale = seen.mean(0), seen.std(0).clamp(min=1e-6)
    chosen, rejected = (chosen - centre) / scale, (rejected - centre) / scale
    lot = torch.Generator().manual_seed(1000 * seed + fold)
    head = _net(chosen.shape[1], config.hidden, lot)
    optimiser = torch.optim.AdamW(
        head.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    best, kept, up, down = float("inf"), 0, chosen.new_zeros(len(chosen)), chosen.new_zeros(len(chosen))
    for epoch in range(1, config.epochs + 1):
        order = train[torch.randperm(len(train), generator=lot)]
        for start in range(0, len(order), config.batch_size):
            some = order[start : start + config.batch_size]
            loss = objective_loss(objective, head(chosen[some])[:, 0], head(rejected[some])[:, 0]).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        with torch.no_grad():
            rewards = head(chosen)[:, 0], head(rejected)[:, 0]
            unseen = float(objective_loss(objective, rewards[0][validation], rewards[1][validation]).mean())
        if unseen < best:
            best, kept, (up, down) = unseen, epoch, rewards
        elif epoch - kept >= config.patience:
            break
    ahead = (up > down).float() + 0.5 * (up == down).float()
    return {
        "objective": objective,
        "seed": seed,
        "fold": fold,
        "train_pairs": len(train),
        "epochs": kept,
        "train_accuracy": float(ahead[train].mean()),
        "pairs": held_out.tolist(),
        "chosen": up[held_out].tolist(),
        "rejected": down[held_out].tolist(),
    }


def _net(width: int, hidden: int, lot: Any) -> Any:
    """Two layers, the last without a bias as in the paper's head; weights drawn by the lot alone."""
    import torch

    net = torch.nn.Sequential(
        torch.nn.Linear(width, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 1, bias=False)
    )
    with torch.no_grad():
        for parameter in net.parameters():
            bound = (width if parameter.shape[0] == hidden else hidden) ** -0.5
            parameter.uniform_(-bound, bound, generator=lot)
    return net


def _head(row: dict[str, Any]) -> Head:
    return Head(
        row["objective"],
        row["seed"],
        row["fold"],
        row["train_pairs"],
        row["epochs"],
        row["train_accuracy"],
        tuple(row["pairs"]),
        tuple(row["chosen"]),
        tuple(row["rejected"]),
    )
