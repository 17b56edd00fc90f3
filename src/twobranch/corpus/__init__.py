"""Images and the sentences that describe them: reading, checking, splitting."""

from twobranch.corpus.corpus import Corpus
from twobranch.corpus.read import read_corpus

__all__ = ["Corpus", "read_corpus"]
