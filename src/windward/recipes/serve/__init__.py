"""The agent that writes code, behind an endpoint that OpenAI's clients know."""

from windward.recipes.serve.config import ConfigError, ServeConfig
from windward.recipes.serve.run import serve

__all__ = ["ConfigError", "ServeConfig", "serve"]
