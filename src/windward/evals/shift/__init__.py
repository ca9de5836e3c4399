"""BOSS: out-of-distribution robustness, from choosing the datasets to reading the curve (Yuan et al. 2023)."""
