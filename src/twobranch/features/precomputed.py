"""Features that were computed elsewhere: an image is an array of numbers, and no network looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twobranch.corpus.containers.rows import NPY_MAGIC, from_npy
from twobranch.corpus.contents import content
from twobranch.errors import TwobranchError
from twobranch.features.decoding import ImageSource
from twobranch.features.encoder import Output, Untrainable, identity_of
from twobranch.files import read_json, write_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FILE = "precomputed.json"
"""What the matcher folder keeps: how long the features are."""


class Precomputed(Untrainable):
    """Reads features (F,), or sets of them (R, F), whose mean is taken.

    The mean over the regions of an image is what VSE++ makes of the features of bottom-up attention.

    Args:
        dim: length F; None to learn it from the first image of the training split.
        threads: processors to use; None for all.
    """

    name = "precomputed"
    license = "that of the features"
    size = 1
    grid = (1, 1)
    kept_as = "float32"
    """Numbers that come from elsewhere may be larger than any float16."""

    def __init__(self, dim: int | None = None, threads: int | None = None) -> None:
        self._dim = dim
        self.threads = threads

    @property
    def dim(self) -> int:
        """Length F of a feature.

        Raises:
            TwobranchError: before it is known.
        """
        if self._dim is None:
            raise TwobranchError(
                'encoder "precomputed"',
                "must know how long the features are",
                remedy="Train first, or set model.image.encoder.dim.",
            )
        return self._dim

    @property
    def identity(self) -> str:
        """SHA-256 over what becomes of an array; whoever made the features is not known here."""
        return identity_of(name=self.name, dim=self.dim, pooled="mean")

    def looks(self, views: Sequence[str]) -> Sequence[str]:
        """One view: all are alike."""
        return ("image",)

    def fit(self, images: Sequence[ImageSource]) -> None:
        """Learn the length of the features from the first image that can be read.

        Raises:
            TwobranchError: if none can be read, for the reason of the first.
        """
        if self._dim is not None:
            return
        first: TwobranchError | None = None
        for image in images:
            try:
                self._dim = len(_vector(image))
                return
            except TwobranchError as error:
                first = first or error
        raise first or TwobranchError("images", "there is at least one", remedy="Name another folder.")

    def read(self, image: ImageSource, views: Sequence[str]) -> Floats:
        """The feature of an image, the same for each view: (views, F) float32.

        Raises:
            TwobranchError: if it is no array of F or (R, F) finite numbers.
        """
        vector = _vector(image)
        if len(vector) != self.dim:
            raise TwobranchError(
                _name(image), f"a feature has {self.dim} values", found=len(vector), remedy="Use features of one kind."
            )
        return np.repeat(vector[None], len(views), axis=0)

    def encode(self, pixels: Floats, output: Output = "vector") -> Floats:
        """The features (B, F) themselves.

        Raises:
            TwobranchError: for a grid: the features have none.
        """
        if output != "vector":
            raise TwobranchError(
                'encoder "precomputed"',
                "has no grid for the features of regions",
                remedy="Use an image encoder that reads pictures.",
            )
        return pixels

    def encode_all(self, pixels: Floats) -> dict[str, Floats]:
        """Refuse: see `encode`."""
        return {"grid": self.encode(pixels, "grid")}

    def save(self, folder: Path) -> None:
        """Write the length of the features."""
        write_json(folder / FILE, {"dim": self.dim})

    def load(self, folder: Path) -> None:
        """Read the length of the features.

        Raises:
            TwobranchError: if the file is missing or says something else.
        """
        document = read_json(folder / FILE, "the length of the features")
        dim = document.get("dim") if isinstance(document, dict) else None
        if not isinstance(dim, int) or dim < 1:
            raise TwobranchError(str(folder / FILE), "must say dim", found=document, remedy="Train the matcher anew.")
        self._dim = dim


def _vector(image: ImageSource) -> Floats:
    """The mean over the vectors of an array (F,) or (R, F), (F,) float32."""
    array = _array(image)
    if array.ndim not in (1, 2) or array.dtype.kind not in "fiu" or 0 in array.shape:
        raise TwobranchError(
            _name(image),
            "a feature is an array of numbers, (F,) or (R, F)",
            found=f"{array.dtype} {array.shape}",
            remedy="Write the features anew.",
        )
    with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, which is told below
        vector = array.astype(np.float32) if array.ndim == 1 else array.mean(0, dtype=np.float32)
    if not np.isfinite(vector).all():
        raise TwobranchError(
            _name(image), "features are finite numbers", found="NaN or infinity", remedy="Compute this image again."
        )
    return np.asarray(vector, np.float32)


def _array(image: ImageSource) -> NDArray[np.generic]:
    if isinstance(image, np.ndarray):
        return image
    if isinstance(image, str | Path | bytes):
        data = image if isinstance(image, bytes) else content(image)
        if data.startswith(NPY_MAGIC):
            found: NDArray[np.generic] = from_npy(data, _name(image))
            return found
    raise TwobranchError(
        _name(image),
        "must be a feature: a row of a .npy, .mat, .h5 or .tsv file, or an .npy file",
        found="a picture or something else",
        remedy="Use another recipe, whose image encoder reads pictures, or name the file of features with --images.",
    )


def _name(image: ImageSource) -> str:
    return str(image) if isinstance(image, str | Path) else "image"
