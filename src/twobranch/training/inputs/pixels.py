"""Pixels of pictures, cut and mirrored at random, for a stage that trains the image encoder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from twobranch.errors import TwobranchError
from twobranch.features.crops import crop_pixels, draw_crops
from twobranch.features.runtime import cpu_count
from twobranch.training.inputs.side import WHOLE, Entry, Input, InputConfig, Side


class Pixels(InputConfig):
    """A random crop of each picture, mirrored half of the time: (B, size, size, 3) uint8.

    It enters at the encoder, so that a step can train it (part `image.encoder`). In use the views of the model are
    averaged, for example a picture and its mirror. The defaults are the crops of Zheng et al. 2020 (methods.md 4.1
    [C]); `smallest: 1`, `most_stretched: 1`, `mirror: false` show each picture whole and as it is.
    """

    enters: ClassVar[Entry] = "encoder"
    smallest: float = Field(default=0.8, gt=0, le=1, description="share of the picture that a crop shows at least")
    most_stretched: float = Field(
        default=4 / 3, ge=1, description="how far the shape of a crop differs from the picture's at most"
    )
    mirror: bool = Field(default=True, description="whether half of the crops are mirrored")

    def of(self, side: Side) -> Input:
        """The input of a side.

        Raises:
            TwobranchError: if the side has no image encoder; later, if a picture can no longer be read.
        """
        encoder: Any = side.encoder
        size: int | None = getattr(encoder, "size", None)
        if size is None:
            raise TwobranchError("input pixels", "is for the image side", remedy="Use the input features or tokens.")
        workers = encoder.threads or cpu_count()

        def gather(rows: NDArray[np.int64], random: np.random.Generator, part: slice = WHOLE) -> Tensor:
            crops = draw_crops(len(rows), self.smallest, self.most_stretched, self.mirror, random)[part]
            paths = [side.items[row] for row in rows[part]]
            with ThreadPoolExecutor(workers) as pool:
                squares = list(pool.map(lambda path, crop: crop_pixels(path, crop, size), paths, crops))
            return torch.from_numpy(np.stack(squares))

        return gather
