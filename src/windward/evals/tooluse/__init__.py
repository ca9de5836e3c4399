"""Tool use: one task under three action formats, graded by what its calls do."""
