"""Networks that read the words of a sentence."""

from twobranch.models.text.recurrent import GRU, LSTM
from twobranch.models.text.self_attention import SelfAttention
from twobranch.models.text.temporal_convolution import TemporalConvolution
from twobranch.models.text.text_branch import TextBranch, TextBranchConfig
from twobranch.models.text.text_cnn import TextCNN
from twobranch.models.text.word_table import WordTable, WordTableConfig

__all__ = [
    "GRU",
    "LSTM",
    "SelfAttention",
    "TemporalConvolution",
    "TextBranch",
    "TextBranchConfig",
    "TextCNN",
    "WordTable",
    "WordTableConfig",
]
