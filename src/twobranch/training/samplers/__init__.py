"""Samplers: which rows of the training split stand in a batch. To add one, write its file and name it here."""

from twobranch.training.samplers.base import Rows, Sampler, SentencesOfImages
from twobranch.training.samplers.neighborhood import Neighborhood
from twobranch.training.samplers.regions import PhraseRegions, RegionsOfPhrases
from twobranch.training.samplers.triplet import Triplet

SAMPLERS: dict[str, type[Sampler]] = {"neighborhood": Neighborhood, "triplet": Triplet, "regions": PhraseRegions}
"""The name of each sampler in a recipe."""

__all__ = [
    "SAMPLERS",
    "Neighborhood",
    "PhraseRegions",
    "RegionsOfPhrases",
    "Rows",
    "Sampler",
    "SentencesOfImages",
    "Triplet",
]
