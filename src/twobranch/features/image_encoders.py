"""The image encoders of a recipe: their names and options. What computes is imported only when it is loaded."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from twobranch.config import Config
from twobranch.features.encoder import ImageEncoder


class ImageEncoderConfig(Config):
    """The base of all image encoders in a recipe: options are fields, `load` makes the encoder.

    A user's own encoder is a subclass that is named by its dotted path.
    """

    @abstractmethod
    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> ImageEncoder:
        """The encoder.

        Args:
            device: "auto", "cpu", "cuda", "cuda:N" or "mps".
            threads: processors to use; None for all.
            cache: the cache folder; None for $TWOBRANCH_CACHE or the user's cache folder.

        Raises:
            TwobranchError: if its weights are missing or not the known ones, or the device cannot be used.
        """


class EfficientNetLite0Config(ImageEncoderConfig):
    """EfficientNet-Lite0, frozen: 224 px, 1280 values."""

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> ImageEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.efficientnet_lite import LITE0, EfficientNetLite

        return EfficientNetLite(LITE0, device=device, threads=threads, cache=cache)


class EfficientNetLite2Config(ImageEncoderConfig):
    """EfficientNet-Lite2, frozen: 260 px, 1280 values."""

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> ImageEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.efficientnet_lite import LITE2, EfficientNetLite

        return EfficientNetLite(LITE2, device=device, threads=threads, cache=cache)


IMAGE_ENCODERS: dict[str, type[ImageEncoderConfig]] = {
    "efficientnet-lite0": EfficientNetLite0Config,
    "efficientnet-lite2": EfficientNetLite2Config,
}
"""The name of each image encoder in a recipe."""
