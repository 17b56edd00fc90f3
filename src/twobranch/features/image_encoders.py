"""The image encoders of a recipe: their names and options. What computes is imported only when it is loaded."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path

from pydantic import Field

from twobranch.config import Config
from twobranch.features.checkpoint_folder import ModelSource
from twobranch.features.encoder import ImageEncoder
from twobranch.features.lora import Lora


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
    """EfficientNet-Lite0: 1280 values, and a grid of 7 x 7 cells at 224 px."""

    size: int = Field(default=224, ge=64, le=1024, description="pixels of a side; a cell of the grid is 32 of them")

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> ImageEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.efficientnet_lite import LITE0, EfficientNetLite

        return EfficientNetLite(LITE0.at(self.size), device=device, threads=threads, cache=cache)


class EfficientNetLite2Config(ImageEncoderConfig):
    """EfficientNet-Lite2: 1280 values, and a grid of 9 x 9 cells at 260 px."""

    size: int = Field(default=260, ge=64, le=1024, description="pixels of a side; a cell of the grid is 32 of them")

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> ImageEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.efficientnet_lite import LITE2, EfficientNetLite

        return EfficientNetLite(LITE2.at(self.size), device=device, threads=threads, cache=cache)


class TransformersImagesConfig(ImageEncoderConfig):
    """A vision network of transformers: the image tower of CLIP or SigLIP, DINOv2, ViT, ResNet ..."""

    model: ModelSource
    lora: Lora | None = Field(default=None, description="adapters that a stage trains in place of the weights")

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> ImageEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.transformers_images import transformers_images

        return transformers_images(self.model, lora=self.lora, device=device, threads=threads, cache=cache)


class TimmImagesConfig(ImageEncoderConfig):
    """A vision network of timm: ResNet-50, VGG-19, ConvNeXt ..."""

    model: ModelSource

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> ImageEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.timm_images import timm_images

        return timm_images(self.model, device=device, threads=threads, cache=cache)


class OpenClipImagesConfig(ImageEncoderConfig):
    """The image tower of a model of open_clip."""

    model: ModelSource

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> ImageEncoder:
        """The encoder; its network runs on the device."""
        from twobranch.features.open_clip_images import open_clip_images

        return open_clip_images(self.model, device=device, threads=threads, cache=cache)


class PrecomputedConfig(ImageEncoderConfig):
    """Features that were computed elsewhere: rows of .npy, .mat, .h5 and .tsv files in place of pictures."""

    dim: int | None = Field(
        default=None, ge=1, description="length of a feature; learned from the training split if None"
    )

    def load(self, *, device: str = "auto", threads: int | None = None, cache: Path | None = None) -> ImageEncoder:
        """The encoder; it computes nothing."""
        from twobranch.features.precomputed import Precomputed

        return Precomputed(self.dim, threads)


IMAGE_ENCODERS: dict[str, type[ImageEncoderConfig]] = {
    "efficientnet-lite0": EfficientNetLite0Config,
    "efficientnet-lite2": EfficientNetLite2Config,
    "transformers": TransformersImagesConfig,
    "timm": TimmImagesConfig,
    "open-clip": OpenClipImagesConfig,
    "precomputed": PrecomputedConfig,
}
"""The name of each image encoder in a recipe."""
