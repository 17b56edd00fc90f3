"""docs/errors.md: every message of twobranch with what to do about it, made from the source.

    python tools/error_table.py > docs/errors.md

tests/test_error_table.py fails where the file is not what this gives.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from error_templates import SKIP, Message, messages

HEAD = """# Messages

Whatever is wrong with what you give it, twobranch says in one line: what it read, the rule, what it found instead, and
what to do. The command line prints the line and exits with code 2; in Python it is a `twobranch.errors.TwobranchError`.

This page lists all of them by what you were doing. Search it for words of the message; what differs from case to case
stands between angle brackets, and the value that was found is left out. Where the last column says "or skip", a row of
your data is broken: `--skip-bad-rows` leaves such rows out and lists them, and `twobranch check DATA` shows all of them
at once. The page is made from the source by `tools/error_table.py`.
"""

TOPICS: dict[str, tuple[str, ...]] = {
    "Making the demo's data": ("corpus/emoji_scenes/", "cli/demo"),
    "Reading pictures": ("features/decoding", "features/digests", "features/views", "search/thumbnails"),
    "Object storage": ("corpus/object_storage", "corpus/local_copies", "search/lease", "search/remote_files"),
    "Reading data": ("corpus/",),
    "Options of the command line": ("cli/options", "features/engine", "features/runtime"),
    "Recipes": ("config", "training/recipe", "matcher/architecture"),
    "Encoders: word vectors and words": (
        *("features/word", "features/fasttext", "features/wanted", "features/found", "features/ngrams", "models/text/"),
        *(
            "features/tfidf",
            "features/hglmm",
            "features/learned_tokens",
            "features/token_rows",
            "features/sentence_enc",
        ),
    ),
    "Encoders of other projects": (
        *("features/checkpoint", "features/hub", "features/library", "features/open_clip", "features/timm"),
        *("features/transformers", "features/sentence_transformers", "features/preprocessing", "features/pixel"),
        *("features/packaged", "features/conver", "features/unconvertible", "features/adapters", "features/network"),
    ),
    "The feature cache": ("features/cache", "features/store", "features/extract", "features/remembered"),
    "Training": ("training/", "launched", "models/", "losses/", "cli/train", "features/corpus_features"),
    "Loading and using a matcher": ("matcher/matcher", "matcher/folder", "matcher/calibration", "features/"),
    "Evaluating": ("evaluation/", "cli/evaluate"),
    "Regions and grounding": ("regions/", "matcher/", "cli/ground"),
    "Indexing, searching, annotating": ("search/", "cli/search", "cli/annotate", "cli/index", "cli/embed"),
    "Exporting": ("export/", "cli/export"),
    "Serving": ("serving/", "cli/serve"),
    "Reproducing papers": ("reproduction/", "cli/reproduce"),
    "Files in general": ("files", "locks", "cli/disk"),
    "Other commands": ("cli/",),
}
"""What a user was doing, and the modules whose messages belong to it; the first that fits counts."""


def topic(module: str) -> str:
    """What a user was doing who reads a message of a module.

    Raises:
        ValueError: for a module that no topic has; give it one.
    """
    for name, prefixes in TOPICS.items():
        if module.startswith(prefixes):
            return name
    raise ValueError(f"no topic has {module}")


def table() -> str:
    """The page as Markdown."""
    order = list(TOPICS)
    found = sorted(messages(), key=lambda one: (order.index(topic(one.module)), one.where, one.rule))
    parts = [HEAD]
    for name, group in groupby(found, key=lambda one: topic(one.module)):
        rows = dict.fromkeys(_row(message) for message in group)
        parts.append(f"## {name}\n\n| message | what to do |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _row(message: Message) -> str:
    remedy = message.remedy.removesuffix(SKIP)
    skipped = "; or skip" if remedy != message.remedy else ""
    return f"| {_code(f'{message.where}: {message.rule}')} | {_text(remedy)}{skipped} |"


def _code(text: str) -> str:
    """Text as code, in which angle brackets are no tags; a bar would end the cell."""
    fence = "``" if "`" in text else "`"
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|").replace("\t", "<TAB>").replace("\n", "\\n")


def _text(text: str) -> str:
    for written, shown in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "\\|"), ("*", "\\*"), ("_", "\\_")):
        text = text.replace(written, shown)
    return text


if __name__ == "__main__":
    print(table(), end="")
