"""Parts that papers are made of. To add a branch, write its file and name it here."""

from twobranch.models.branch import MLP, BranchConfig
from twobranch.models.network import Network, Similarity

BRANCHES: dict[str, type[BranchConfig]] = {"mlp": MLP}
"""The name of each branch in a recipe."""

__all__ = ["BRANCHES", "MLP", "BranchConfig", "Network", "Similarity"]
