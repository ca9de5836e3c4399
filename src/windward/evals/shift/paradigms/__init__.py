"""A language model on a task's sets: asked without examples, with examples of the set in distribution, or with each set's own."""
