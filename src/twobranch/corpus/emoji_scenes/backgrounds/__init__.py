"""The places of the scenes. A new background is one function in a file here and one line in `BACKGROUNDS`."""

from __future__ import annotations

from twobranch.corpus.emoji_scenes.backgrounds.backdrop import Backdrop, Painter, Zone
from twobranch.corpus.emoji_scenes.backgrounds.country import desert, forest, garden, meadow, night, savanna, snow
from twobranch.corpus.emoji_scenes.backgrounds.town import room, street, table
from twobranch.corpus.emoji_scenes.backgrounds.waterside import beach, lake, sea, underwater

BACKGROUNDS: dict[str, Painter] = {
    "meadow": meadow,
    "garden": garden,
    "forest": forest,
    "savanna": savanna,
    "desert": desert,
    "snow": snow,
    "night": night,
    "beach": beach,
    "sea": sea,
    "lake": lake,
    "underwater": underwater,
    "street": street,
    "room": room,
    "table": table,
}
"""Name -> the function that draws it; the name is also the scene's metadata `background`."""

__all__ = ["BACKGROUNDS", "Backdrop", "Painter", "Zone"]
