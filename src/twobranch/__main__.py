"""`python -m twobranch`, and so `torchrun -m twobranch`: the command line."""

from twobranch.cli.main import main

if __name__ == "__main__":
    main()
