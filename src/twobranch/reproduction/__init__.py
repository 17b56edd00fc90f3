"""The tables of the papers: their rows trained on a corpus, beside published numbers, with their findings tested."""

from twobranch.reproduction.reproducing import reproduce

__all__ = ["reproduce"]
