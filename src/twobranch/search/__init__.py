"""The index: which images match a sentence, found by exact search, kept up to date with a folder."""

from twobranch.search.index import Index
from twobranch.search.result import Hit, SearchResult

__all__ = ["Hit", "Index", "SearchResult"]
