"""The transformer encoder of BERT, as small as MiniLM needs it, computed from a dictionary of weights.

Devlin et al., 2019, https://arxiv.org/abs/1810.04805. Written out here, and not taken from a library, so that no
code path can reach a model hub and the traced graph does not depend on a library's version.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

_EPSILON = 1e-12  # of the layer normalizations


class MeanPooledBert(nn.Module):
    """Token ids and mask in, the mean over the real tokens' last states out.

    Args:
        weights: the tensors of a `BertModel`, under its own names.
        heads: attention heads.
    """

    def __init__(self, weights: dict[str, Tensor], heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
        for name, tensor in weights.items():
            self.register_parameter(name.replace(".", "_"), nn.Parameter(tensor, requires_grad=False))

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor]:
        """Mean-pooled states.

        Args:
            ids: token ids (C, T) int64, padded to the same length.
            mask: (C, T) int64, 1 for a token and 0 for padding.

        Returns:
            A tuple with the pooled states (C, F).
        """
        states = self._embeddings(ids)  # (C, T, F)
        real = mask.to(states.dtype)
        bias = (1.0 - real)[:, None, None, :] * -1e4  # (C, 1, 1, T): padding gets no attention
        for layer in range(self.layers):
            states = self._layer(states, bias, f"encoder.layer.{layer}")
        weight = real[:, :, None]  # (C, T, 1)
        return ((states * weight).sum(1) / weight.sum(1).clamp(min=1.0),)

    def _embeddings(self, ids: Tensor) -> Tensor:
        positions = torch.arange(ids.shape[1], device=ids.device)
        states = functional.embedding(ids, self._weight("embeddings.word_embeddings.weight"))
        states = states + functional.embedding(positions, self._weight("embeddings.position_embeddings.weight"))
        states = states + self._weight("embeddings.token_type_embeddings.weight")[0]  # one sentence: always type 0
        return self._normalized(states, "embeddings.LayerNorm")

    def _layer(self, states: Tensor, bias: Tensor, name: str) -> Tensor:
        query, key, value = (
            self._split(self._linear(states, f"{name}.attention.self.{part}")) for part in ("query", "key", "value")
        )  # each (C, heads, T, F / heads)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        attended = attended.transpose(1, 2).flatten(2)  # (C, heads, T, F / heads) -> (C, T, F)
        attended = self._linear(attended, f"{name}.attention.output.dense")
        states = self._normalized(states + attended, f"{name}.attention.output.LayerNorm")
        hidden = functional.gelu(self._linear(states, f"{name}.intermediate.dense"))  # (C, T, 4 F)
        return self._normalized(states + self._linear(hidden, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _split(self, states: Tensor) -> Tensor:
        sentences, tokens, width = states.shape
        split = states.reshape(sentences, tokens, self.heads, width // self.heads)  # (C, T, heads, F / heads)
        return split.transpose(1, 2)  # (C, heads, T, F / heads)

    def _linear(self, states: Tensor, name: str) -> Tensor:
        return functional.linear(states, self._weight(f"{name}.weight"), self._weight(f"{name}.bias"))

    def _normalized(self, states: Tensor, name: str) -> Tensor:
        weight, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return functional.layer_norm(states, weight.shape, weight, bias, _EPSILON)

    def _weight(self, name: str) -> Tensor:
        return self.get_parameter(name.replace(".", "_"))
