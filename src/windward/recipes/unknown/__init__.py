"""Training a model to say what it does not know: rows made from its own answers, and a study of what they change."""
