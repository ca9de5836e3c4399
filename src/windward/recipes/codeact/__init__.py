"""CodeActInstruct: runs of agents become rows to train on (Wang et al. 2024, section 3), and what training on them does."""
