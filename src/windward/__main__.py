"""`python -m windward`: the same as the `windward` command."""

from windward.cli import main

main()
