"""Parts that papers are made of. To add a branch or a head, write its file and name it here."""

from twobranch.models.bag_mlp import BagMLP
from twobranch.models.branch import MLP, BranchConfig
from twobranch.models.identity import Identity
from twobranch.models.network import Network, Similarity
from twobranch.models.pair_head import HeadConfig, ProductMLP
from twobranch.models.text import GRU, LSTM, SelfAttention, TemporalConvolution, TextCNN
from twobranch.models.training_network import Classifiers, TrainingNetwork

BRANCHES: dict[str, type[BranchConfig]] = {
    "mlp": MLP,
    "bag-mlp": BagMLP,
    "gru": GRU,
    "lstm": LSTM,
    "self-attention": SelfAttention,
    "temporal-convolution": TemporalConvolution,
    "text-cnn": TextCNN,
    "identity": Identity,
}
"""The name of each branch in a recipe."""

HEADS: dict[str, type[HeadConfig]] = {"product-mlp": ProductMLP}
"""The name of each head in a recipe."""

__all__ = [
    "BRANCHES",
    "HEADS",
    "MLP",
    "BagMLP",
    "BranchConfig",
    "Classifiers",
    "HeadConfig",
    "Identity",
    "Network",
    "ProductMLP",
    "Similarity",
    "TrainingNetwork",
]
