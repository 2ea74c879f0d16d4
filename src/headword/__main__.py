"""`python -m headword` is `headword`."""

from headword.cli import main

main()
