"""Toolsets as runs (CRAFT): a library is built, or read from a release; checked again, and replayed without a model."""
