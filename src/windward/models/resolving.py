"""From what a user types (`--model`, `--base-url`) to a model."""

from __future__ import annotations

from windward.models.protocol import Model


def resolve(model: str = "embedded", base_url: str | None = None) -> Model:
    """The model that a name means.

    Args:
        model: `embedded`, a checkpoint folder, a model on the Hugging Face hub, or, with `base_url`, whatever name
            the endpoint knows.
        base_url: of an OpenAI-compatible endpoint, e.g. `http://localhost:8000/v1`.

    Raises:
        ModelError: there is no such model.
    """
    if base_url is not None:
        from windward.models.openai_compatible import OpenAICompatible

        return OpenAICompatible(model, base_url=base_url)
    from windward.models.local_model import embedded, local

    return embedded() if model == "embedded" else local(model)
