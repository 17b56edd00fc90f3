"""The embedded corpus: emoji composed to scenes, with sentences, phrases and exact boxes; made here, no download.

Where to add
- a kind of object: one row in `kind_tables.py` (what the columns mean: `kinds.py`); a color: `palette.py`;
- a background: one function in `backgrounds/` and one line in its `BACKGROUNDS`;
- a sentence form: one function in `forms_listing.py` or `forms_relations.py` and one line in `sentences.py`.

The way of a scene: `planning` (which objects) -> `layout` (where, with exact boxes) -> `scene.Scene`
-> `composing` (the picture) and `sentences` (what is true of it) -> `writing` (files).
The identity variant, for person search, shows the same character in several pictures: `identities` (who there is, what
is said of it, its pictures) -> `writing_identities` (files).
"""

from __future__ import annotations

from twobranch.corpus.emoji_scenes.writing import write_emoji_scenes
from twobranch.corpus.emoji_scenes.writing_identities import write_emoji_identities

__all__ = ["write_emoji_identities", "write_emoji_scenes"]
