"""Options of low-rank adaptation: a small part of a network that is trained in place of its weights."""

from __future__ import annotations

from pydantic import Field

from twobranch.config import Config


class Lora(Config):
    """Low-rank adapters beside linear layers: the layer's weight W stays, and W + alpha / rank * B A is trained.

    B starts at zero, so that an adapter starts as the network that it adapts. Hu et al., ICLR 2022,
    https://arxiv.org/abs/2106.09685: there too only the projections of the attention's queries and values have one.

    | symbol | option | shape |
    |---|---|---|
    | A | | (rank, inputs of the layer) |
    | B | | (outputs of the layer, rank) |
    """

    rank: int = Field(default=8, ge=1, description="rank of an adapter")
    alpha: float = Field(default=16.0, gt=0, description="an adapter's product is multiplied by alpha / rank")
    targets: tuple[str, ...] = Field(
        default=("q_proj", "v_proj", "query", "value", "q_lin", "v_lin"),
        min_length=1,
        description="names of the linear layers that get an adapter, wherever they occur; those that a network does not"
        " have are passed over",
    )
    dropout: float = Field(default=0.0, ge=0, lt=1, description="share of an adapter's inputs dropped in training")
