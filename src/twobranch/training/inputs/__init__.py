"""Inputs: what one side of a batch is made of. A stage names one per side; the loop does not know which."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from twobranch.config import Choice, Config
from twobranch.training.inputs.features import Features, RandomViews
from twobranch.training.inputs.pixels import Pixels
from twobranch.training.inputs.side import WHOLE, Entry, Input, InputConfig, RowSource, Side
from twobranch.training.inputs.tokens import Tokens

INPUTS: dict[str, type[InputConfig]] = {
    "features": Features,
    "random-views": RandomViews,
    "pixels": Pixels,
    "tokens": Tokens,
}
"""The name of each input in a recipe."""

InputChoice = Choice(InputConfig, "input", INPUTS)


class Inputs(Config):
    """What each side of a batch is made of, and so where it enters the network."""

    image: Annotated[InputConfig, InputChoice] = Field(default=Features(), description="input of the image side")
    sentence: Annotated[InputConfig, InputChoice] = Field(default=Features(), description="input of the sentence side")


__all__ = [
    "INPUTS",
    "WHOLE",
    "Entry",
    "Features",
    "Input",
    "InputChoice",
    "InputConfig",
    "Inputs",
    "Pixels",
    "RandomViews",
    "RowSource",
    "Side",
    "Tokens",
]
