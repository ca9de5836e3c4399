"""Which principle a completion is written under: mixtures by the source of the instruction (UltraFeedback §2.2).

Helpfulness suits any instruction; truthfulness is asked for where facts decide. The mixtures that the paper's table gives
and those that the released code draws differ for FLAN, TruthfulQA and FalseQA; both are here.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from windward.feedback.system_prompts import PRINCIPLES, SYSTEM_PROMPTS, Principle

Shares = Mapping[Principle, float]

_HELPFUL: Shares = {"helpfulness": 1.0}
_CHAT: Shares = {"helpfulness": 0.6, "truthfulness": 0.2, "honesty": 0.18, "verbalized_calibration": 0.02}
_FACTS: Shares = {"truthfulness": 1.0}


@dataclass(frozen=True)
class PrincipleMixture:
    """How often each principle is drawn, by the source of the instruction.

    Attributes:
        name: in settings and tables.
        by_source: shares by source, each adding up to 1. A source named `flan_…` goes by `flan` where it has no own.
        default: for every other source; the mixture of chats, as in both published ones, where nothing else is said.
    """

    name: str
    by_source: Mapping[str, Shares] = field(default_factory=dict)
    default: Shares = field(default_factory=lambda: _CHAT)

    def __post_init__(self) -> None:
        """Refuses shares that are none."""
        for source, shares in (*self.by_source.items(), ("any other source", self.default)):
            if unknown := set(shares) - set(PRINCIPLES):
                raise ValueError(
                    f"{source}: no principle {sorted(unknown)}; there are {', '.join(PRINCIPLES)}"
                )
            if any(share < 0 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-9:
                raise ValueError(f"{source}: shares must be at least 0 and add up to 1, found {dict(shares)}")

    @classmethod
    def paper(cls) -> PrincipleMixture:
        """The mixture of the paper's table, which the project's page repeats."""
        flan: Shares = {"helpfulness": 0.6, "truthfulness": 0.2, "verbalized_calibration": 0.2}
        return cls("paper", _published(flan, _FACTS))

    @classmethod
    def released(cls) -> PrincipleMixture:
        """The mixture of the released code, where one draw in ten of honesty becomes verbalised calibration."""
        flan: Shares = {"helpfulness": 0.8, "verbalized_calibration": 0.2}
        facts: Shares = {"truthfulness": 0.5, "honesty": 0.45, "verbalized_calibration": 0.05}
        return cls("released", _published(flan, facts))

    def shares(self, source: str) -> Shares:
        """The shares that hold for a source."""
        family = "flan" if source.startswith("flan_") else source
        return self.by_source.get(source, self.by_source.get(family, self.default))

    def draw(self, source: str, random: random.Random) -> tuple[Principle, str]:
        """Draws a principle, and a system prompt that asks for it, every wording alike.

        Args:
            source: of the instruction.
            random: what is drawn from; nothing else decides.
        """
        shares = self.shares(source)
        principle = random.choices(list(shares), weights=list(shares.values()))[0]
        return principle, random.choice(SYSTEM_PROMPTS[principle])


def _published(flan: Shares, facts: Shares) -> dict[str, Shares]:
    return {
        "evol_instruct": _HELPFUL,
        "sharegpt": _CHAT,
        "ultrachat": _CHAT,
        "flan": flan,
        "truthful_qa": facts,
        "false_qa": facts,
    }
