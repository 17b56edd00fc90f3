"""The table of the kinds of region proposals."""

from twobranch.regions.proposer import ProposerConfig
from twobranch.regions.union import SINGLE, UnionConfig

PROPOSERS: dict[str, type[ProposerConfig]] = {**SINGLE, "union": UnionConfig}
"""The name of each kind of proposals in a recipe."""
