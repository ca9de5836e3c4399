"""Who does what in growing a tree."""

from __future__ import annotations

from dataclasses import dataclass

from windward.models import Model


@dataclass(frozen=True)
class Cast:
    """The models of a tree (Eurus, arXiv 2404.02078, §2; spec §1.2 steps 3 to 5). The actor alone will do.

    Attributes:
        actor: acts first in every turn.
        stronger: asked in this order for a correct action where those before found none; the last of them, or else the
            actor, is given the reference where all fail. The paper has three at most.
        opponents: who incorrect actions are taken from, one drawn a turn; none takes the actor's own.
        critic: says where an incorrect action went wrong; sees the reference. None leaves it to a sentence by kind of error.

    Raises:
        ValueError: an opponent or the critic acts for the correct side as well, or the critic is an opponent.
    """

    actor: Model
    stronger: tuple[Model, ...] = ()
    opponents: tuple[Model, ...] = ()
    critic: Model | None = None

    def __post_init__(self) -> None:
        correct = {self.actor.name, *(model.name for model in self.stronger)}
        if both := correct & {model.name for model in self.opponents}:
            raise ValueError(
                f"{min(both)} is on both sides: incorrect actions must come from another model than correct ones, or their "
                "style tells which they are"
            )
        acting = correct | {model.name for model in self.opponents}
        if self.critic is not None and self.critic.name in acting:
            raise ValueError(f"{self.critic.name} acts and criticises: the critic must be a third model")

    @property
    def strongest(self) -> Model:
        """Who is given the reference."""
        return self.stronger[-1] if self.stronger else self.actor
