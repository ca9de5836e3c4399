"""UnknownBench: does a model say what it does not know, and is its confidence worth anything (Liu et al., arXiv 2311.09731)."""
