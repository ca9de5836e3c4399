"""IFEval: whether a response follows the instructions of its prompt that a program can verify (Zhou et al., 2311.07911)."""
