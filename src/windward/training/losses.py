"""Losses of pairs: tensors in, one loss a row out, no reduction and no state.

On log-probabilities (nats, summed over an answer's tokens), with the implicit rewards r = β (log π − log π_ref) of the
chosen (c) and the rejected (r) answer:

| kind | loss | source |
| --- | --- | --- |
| `dpo` | −log σ(r_c − r_r) | Rafailov et al. 2023, eq. 7 |
| `ipo` | ((r_c/n_c − r_r/n_r)/β − 1/2β)², n = 1, or the answers' tokens where given | Azar et al. 2023, eq. 17 |
| `hinge` | max(0, 1 − (r_c − r_r)) | SLiC-HF, Zhao et al. 2023 |
| `nca_pair` | −log σ(r_c) − ½ log σ(−r_c) − ½ log σ(−r_r) | Chen et al. 2024, eq. 7 for pairs; Eurus §3 |
| `kto` | λ₊ (1 − σ(r_c − βz)) + λ₋ (1 − σ(βz − r_r)), z = max(0, mean log π/π_ref) | Ethayarajh et al. 2024, eq. 8; Eurus §3 |
| `apo_zero` | 1 − σ(r_c) + σ(r_r) | D'Oosterlinck et al. 2024, eq. 7 |

On rewards: `reward_loss` (Eurus §3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

PreferenceLoss = Callable[..., "Tensor"]
"""From both answers' log π/π_ref (rows,), β and options to one loss a row."""


def preference_loss(
    kind: str,
    logp_chosen: Tensor,
    logp_rejected: Tensor,
    ref_chosen: Tensor,
    ref_rejected: Tensor,
    beta: float = 0.1,
    **options: Any,
) -> Tensor:
    """The loss of each pair; see the table above.

    Args:
        kind: a name in `PREFERENCE_LOSSES`.
        logp_chosen: log π of the chosen answers, nats summed over tokens, (rows,).
        logp_rejected: likewise of the rejected ones.
        ref_chosen: log π_ref of the chosen answers.
        ref_rejected: likewise of the rejected ones.
        beta: strength of the pull to the reference policy (IPO's τ).
        options: of the kind: `chosen_tokens` and `rejected_tokens` for `ipo`; `lambda_chosen`, `lambda_rejected` and
            `kl` for `kto`.

    Returns:
        (rows,).

    Raises:
        ValueError: there is no such kind.
        TypeError: the kind has no such option.
    """
    if kind not in PREFERENCE_LOSSES:
        raise ValueError(f"there is no preference loss {kind!r}; there are {', '.join(PREFERENCE_LOSSES)}")
    return PREFERENCE_LOSSES[kind](logp_chosen - ref_chosen, logp_rejected - ref_rejected, beta, **options)


def reward_loss(
    chosen: Tensor, rejected: Tensor, *, absolute: bool | Tensor, margin: float | Tensor = 0.0
) -> Tensor:
    """A reward model's loss of each pair: L_BT, and L_DR besides where `absolute` says so (Eurus §3).

    L_BT = −log σ(c − r − margin) ranks; L_DR = −log σ(c) − log σ(−r) also says where zero lies, which only holds for
    pairs whose answers are known to be right and wrong.

    Args:
        chosen: rewards of the chosen answers, (rows,).
        rejected: rewards of the rejected ones.
        absolute: rows that L_DR applies to, one value for all or a boolean a row.
        margin: by how much the chosen answer should at least be ahead.

    Returns:
        (rows,).
    """
    import torch
    from torch.nn.functional import logsigmoid

    ranking = -logsigmoid(chosen - rejected - margin)
    direct = -logsigmoid(chosen) - logsigmoid(-rejected)
    return ranking + torch.where(torch.as_tensor(absolute, device=chosen.device), direct, 0.0)


def dpo(chosen: Tensor, rejected: Tensor, beta: float) -> Tensor:
    """Direct preference optimisation."""
    from torch.nn.functional import logsigmoid

    return -logsigmoid(beta * (chosen - rejected))


def ipo(
    chosen: Tensor,
    rejected: Tensor,
    beta: float,
    *,
    chosen_tokens: float | Tensor = 1.0,
    rejected_tokens: float | Tensor = 1.0,
) -> Tensor:
    """Identity preference optimisation; with the answers' tokens by token, as its authors run it."""
    return (chosen / chosen_tokens - rejected / rejected_tokens - 1 / (2 * beta)) ** 2


def hinge(chosen: Tensor, rejected: Tensor, beta: float) -> Tensor:
    """Sequence likelihood calibration."""
    return (1 - beta * (chosen - rejected)).relu()


def nca_pair(chosen: Tensor, rejected: Tensor, beta: float) -> Tensor:
    """Noise contrastive alignment: also holds the chosen answer's absolute likelihood up."""
    from torch.nn.functional import logsigmoid

    up, down = beta * chosen, beta * rejected
    return -logsigmoid(up) - 0.5 * logsigmoid(-up) - 0.5 * logsigmoid(-down)


def kto(
    chosen: Tensor,
    rejected: Tensor,
    beta: float,
    *,
    lambda_chosen: float = 1.33,
    lambda_rejected: float = 1.0,
    kl: float | Tensor | None = None,
) -> Tensor:
    """Kahneman-Tversky optimisation of pairs, both answers against one reference point z.

    Args:
        chosen: log π/π_ref of the chosen answers.
        rejected: likewise of the rejected ones.
        beta: strength of the pull to the reference policy.
        lambda_chosen: weight of chosen answers (λ₊; Eurus: 1.33).
        lambda_rejected: weight of rejected answers (λ₋).
        kl: z in nats; None takes that of these rows, see `batch_kl`.
    """
    import torch

    z = torch.as_tensor(batch_kl(chosen, rejected) if kl is None else kl).detach()
    good = 1 - torch.sigmoid(beta * (chosen - z))
    bad = 1 - torch.sigmoid(beta * (z - rejected))
    return lambda_chosen * good + lambda_rejected * bad


def apo_zero(chosen: Tensor, rejected: Tensor, beta: float) -> Tensor:
    """Anchored preference optimisation, for chosen answers that are better than the model's own."""
    return 1 - (beta * chosen).sigmoid() + (beta * rejected).sigmoid()


def batch_kl(chosen: Tensor, rejected: Tensor) -> Tensor:
    """The batch's estimate of KL(π‖π_ref), KTO's z: the mean log π/π_ref of its answers, at least 0, detached."""
    import torch

    return torch.cat([chosen, rejected]).detach().mean().clamp(min=0)


PREFERENCE_LOSSES: dict[str, PreferenceLoss] = {
    "dpo": dpo,
    "ipo": ipo,
    "hinge": hinge,
    "nca_pair": nca_pair,
    "kto": kto,
    "apo_zero": apo_zero,
}
"""By name; one more is added by putting it here."""
