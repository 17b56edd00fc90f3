"""One module per format; `READERS` is the table of them."""

from twobranch.corpus.readers import pairs
from twobranch.corpus.reading import Reader

READERS: dict[str, Reader] = {
    "pairs": pairs,
}
"""The readers by the name that `--format` takes."""
