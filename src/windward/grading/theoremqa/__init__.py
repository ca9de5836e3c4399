"""TheoremQA: answers by the type of their reference (Chen et al., 2305.12524)."""
