"""What a matcher is made of: two encoders, two branches, and how embeddings are compared."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from twobranch.config import Choice, Config
from twobranch.errors import TwobranchError, nearest
from twobranch.features import IMAGE_ENCODERS, SENTENCE_ENCODERS, ImageEncoderConfig, SentenceEncoderConfig
from twobranch.features.image_encoders import EfficientNetLite2Config, PrecomputedConfig
from twobranch.features.sentence_encoders import MiniLMConfig
from twobranch.features.views import VIEWS
from twobranch.models import BRANCHES, HEADS, MLP, BranchConfig, HeadConfig, Network, Similarity
from twobranch.regions import RegionsConfig

ImageEncoderChoice = Choice(ImageEncoderConfig, "encoder", IMAGE_ENCODERS, "image encoder")
SentenceEncoderChoice = Choice(SentenceEncoderConfig, "encoder", SENTENCE_ENCODERS, "sentence encoder")
BranchChoice = Choice(BranchConfig, "branch", BRANCHES)
HeadChoice = Choice(HeadConfig, "head", HEADS)


class ImageSide(Config):
    """From a picture to an embedding."""

    encoder: Annotated[ImageEncoderConfig, ImageEncoderChoice] = Field(
        default=EfficientNetLite2Config(), description="image encoder; its features are frozen and cached"
    )
    views: tuple[str, ...] = Field(
        default=("image", "mirror"), min_length=1, description="views of a picture whose features are averaged"
    )
    branch: Annotated[BranchConfig, BranchChoice] = Field(default=MLP(), description="network on the averaged feature")

    @field_validator("views")
    @classmethod
    def _views_are_known(cls, views: tuple[str, ...]) -> tuple[str, ...]:
        for view in views:
            if view not in VIEWS:
                raise TwobranchError(f'view "{view}"', "a view must be known", remedy=nearest(view, list(VIEWS)))
        return views


class SentenceSide(Config):
    """From a sentence to an embedding."""

    encoder: Annotated[SentenceEncoderConfig, SentenceEncoderChoice] = Field(
        default=MiniLMConfig(), description="sentence encoder; frozen, or fitted on the training sentences"
    )
    branch: Annotated[BranchConfig, BranchChoice] = Field(default=MLP(), description="network on the sentence feature")


class Architecture(Config):
    """The model of a recipe. A matcher folder stores it and is rebuilt from it."""

    embedding: int = Field(default=512, ge=1, description="dimension D of the common space")
    similarity: Similarity = Field(default="cosine", description="how two embeddings are compared")
    image: ImageSide = Field(default=ImageSide(), description="the image side")
    sentence: SentenceSide = Field(default=SentenceSide(), description="the sentence side")
    head: Annotated[HeadConfig, HeadChoice] | None = Field(
        default=None, description="network that scores pairs of embeddings, instead of their similarity"
    )

    regions: RegionsConfig | None = Field(
        default=None, description="the regions of a picture that are matched with phrases; none: whole pictures"
    )

    @property
    def has_weights(self) -> bool:
        """Whether there is anything to train in the branches and the head; encoders have weights of their own."""
        return self.head is not None or self.image.branch.has_weights or self.sentence.branch.has_weights

    def build(self, image_size: int, sentence_size: int) -> Network:
        """The untrained network for features of these sizes.

        Args:
            image_size: length F of what the image encoder gives of a picture, or of a cell.
            sentence_size: length F of what the sentence encoder gives, or the size V of its vocabulary.

        Example:
            >>> network = Architecture(embedding=8).build(image_size=1280, sentence_size=384)
            >>> network.part_names()
            ['image.branch', 'sentence.branch']
        """
        entering = image_size if self.regions is None else self.regions.size(image_size)
        return Network(
            self.image.branch.build(entering, self.embedding),
            self.sentence.branch.build(sentence_size, self.embedding),
            self.similarity,
            None if self.head is None else self.head.build(self.embedding),
        )

    @model_validator(mode="after")
    def _regions_have_one_view(self) -> Architecture:
        if self.regions is not None and self.image.views != ("image",):
            raise ValueError("model.image.views must be [image] where model.regions is set: a box has its place in it")
        return self

    @model_validator(mode="after")
    def _regions_are_of_pictures(self) -> Architecture:
        if self.regions is not None and isinstance(self.image.encoder, PrecomputedConfig):
            raise ValueError(
                "model.image.encoder must read pictures where model.regions is set: precomputed features are those of"
                " whole images"
            )
        return self
