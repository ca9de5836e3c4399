"""RobTest: how robust is one model, by dimension and degree of realistic change (Chen et al., arXiv 2305.18503)."""
