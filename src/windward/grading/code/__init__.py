"""Code answers: the tests run in one interpreter, the answer in another, and only plain copies cross over."""
