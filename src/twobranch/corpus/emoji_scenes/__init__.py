"""The embedded corpus: emoji composed to scenes, with sentences, phrases and exact boxes; made here, no download.

Where to add
- a kind of object: one row in `kind_tables.py` (what the columns mean: `kinds.py`); a color: `palette.py`;
- a background: one function in `backgrounds/` and one line in its `BACKGROUNDS`;
- a sentence form: one function in `forms_listing.py` or `forms_relations.py` and one line in `sentences.py`.

The way of a scene: `planning` (which objects) -> `layout` (where, with exact boxes) -> `scene.Scene`
-> `composing` (the picture) and `sentences` (what is true of it) -> `writing` (files).
A scene has a `group`, None here: an identity variant for person search fills it and shows one group in several scenes.
"""

from __future__ import annotations

from twobranch.corpus.emoji_scenes.writing import write_emoji_scenes

__all__ = ["write_emoji_scenes"]
