"""twobranch: train an image-text matching model on your own images and sentences, and use it.

Example:
    >>> import twobranch
    >>> sorted(twobranch.__all__)
    ['Corpus', 'Index', 'Matcher', 'TwobranchError', 'evaluation', 'fit', 'read_corpus']
"""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from twobranch.errors import TwobranchError

if TYPE_CHECKING:
    from twobranch import evaluation
    from twobranch.corpus import Corpus, read_corpus
    from twobranch.matcher import Matcher
    from twobranch.search import Index
    from twobranch.training import fit

__version__ = version("twobranch")

# Imported when first asked for, so that the command line and a cold search do not wait for what they do not use.
_PUBLIC = {
    "Corpus": "twobranch.corpus",
    "Index": "twobranch.search",
    "Matcher": "twobranch.matcher",
    "fit": "twobranch.training",
    "read_corpus": "twobranch.corpus",
}

__all__ = ["Corpus", "Index", "Matcher", "TwobranchError", "evaluation", "fit", "read_corpus"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    if name == "evaluation":
        return importlib.import_module("twobranch.evaluation")
    raise AttributeError(f"module 'twobranch' has no attribute {name!r}")
