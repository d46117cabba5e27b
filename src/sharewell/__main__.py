"""``python -m sharewell``."""

from sharewell.cli import main

main()
