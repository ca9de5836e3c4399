"""Methods that should make a classifier hold up on other texts than it learnt from, and what else varies a run's robustness."""
