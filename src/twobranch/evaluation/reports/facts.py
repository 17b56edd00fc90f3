"""What the numbers of a report belong to."""

from __future__ import annotations

import datetime
from importlib.metadata import version

from twobranch.matcher.matcher import Matcher


def matcher_facts(matcher: Matcher) -> dict[str, str]:
    """The matcher, what made it, and when the report was written."""
    return {
        "recipe": matcher.recipe_name,
        "trained on corpus": matcher.corpus_fingerprint,
        "matcher": matcher.identity,
        "twobranch": version("twobranch"),
        "written": datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
    }
