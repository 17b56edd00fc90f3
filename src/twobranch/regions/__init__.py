"""Regions of images: boxes, proposals of where in a picture something might be, and their features."""

from twobranch.regions.config import RegionsConfig
from twobranch.regions.kinds import PROPOSERS

__all__ = ["PROPOSERS", "RegionsConfig"]
