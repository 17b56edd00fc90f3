"""The recipe: everything that decides a training run, as one validated YAML document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from twobranch.config import Choice, Config
from twobranch.losses import LOSSES, Loss
from twobranch.matcher.architecture import Architecture
from twobranch.models import Classifiers
from twobranch.models.training_network import SideName
from twobranch.training.inputs import Inputs
from twobranch.training.mining import Mining
from twobranch.training.optimizers import OPTIMIZERS, OptimizerConfig
from twobranch.training.overlap import Overlap
from twobranch.training.precision import PrecisionName
from twobranch.training.samplers import SAMPLERS, Sampler
from twobranch.training.schedules import SCHEDULES, Constant, Schedule
from twobranch.training.starts import STARTS, RandomStart, Start

LossChoice = Choice(Loss, "loss", LOSSES)
SamplerChoice = Choice(Sampler, "sampler", SAMPLERS)
OptimizerChoice = Choice(OptimizerConfig, "optimizer", OPTIMIZERS)
ScheduleChoice = Choice(Schedule, "schedule", SCHEDULES)
StartChoice = Choice(Start, "start", STARTS)


class Step(Config):
    """One kind of update that a stage makes on every batch: some losses, summed, train some parts."""

    name: str = Field(default="embedding", description="name of the step in metrics.jsonl")
    trains: tuple[str, ...] = Field(
        default=("image.branch", "sentence.branch"), min_length=1, description="parts of the network that it updates"
    )
    losses: tuple[Annotated[Loss, LossChoice], ...] = Field(min_length=1, description="losses and their weights")
    optimizer: Annotated[OptimizerConfig, OptimizerChoice] = Field(description="optimizer and learning rate")
    schedule: Annotated[Schedule, ScheduleChoice] = Field(default=Constant(), description="course of the rate")


class Stage(Config):
    """One part of a run: inputs, batches, steps, length, and what it starts from."""

    name: str = Field(description="name of the stage in metrics.jsonl")
    inputs: Inputs = Field(default=Inputs(), description="what the batches hold, per side")
    sampler: Annotated[Sampler, SamplerChoice] = Field(description="which images and sentences stand in a batch")
    mining: Mining | None = Field(
        default=None, description="hard sentences that join each batch; none: nothing is mined"
    )
    steps: tuple[Step, ...] = Field(min_length=1, description="the updates made on each batch, in this order")
    epochs: int | None = Field(default=None, ge=1, description="length in passes over the training images")
    length: int | None = Field(default=None, ge=1, description="length in batches, instead of epochs")
    at_least: int = Field(
        default=0, ge=0, description="batches below which epochs do not end it: few images need many epochs"
    )
    patience: int | None = Field(
        default=None, ge=1, description="epochs without a better selection metric after which the stage ends"
    )
    ends_with: Literal["best", "last"] = Field(
        default="best", description="weights that the stage hands on: those of its best epoch or of its last"
    )

    def batches(self, per_epoch: int) -> int:
        """Length of the stage in batches.

        Args:
            per_epoch: batches in an epoch.

        Example:
            >>> stage = {"name": "a", "sampler": "neighborhood", "epochs": 25, "at_least": 300,
            ...          "steps": [{"losses": ["in-batch-cross-entropy"],
            ...                     "optimizer": {"optimizer": "adam", "learning_rate": 0.001}}]}
            >>> Stage.model_validate(stage).batches(5), Stage.model_validate(stage).batches(20)
            (300, 500)
        """
        return self.length or max((self.epochs or 0) * per_epoch, self.at_least)

    def trains(self, part: str) -> bool:
        """Whether one of its steps trains a part."""
        return any(part in step.trains for step in self.steps)

    @model_validator(mode="after")
    def _one_length(self) -> Stage:
        if (self.epochs is None) == (self.length is None):
            raise ValueError("a stage states its length once, as epochs or as length (batches)")
        return self


class Selection(Config):
    """Which epoch becomes the matcher."""

    metric: str = Field(
        default="rsum",
        pattern="^(rsum|((i2t|t2i)\\.)?R@(1|5|10))$",
        description="metric on the val split: of retrieval (rsum, i2t.R@1 ...), or of localization (R@1, R@5, R@10)",
    )
    images: int | None = Field(
        default=None,
        ge=2,
        description="images of the val split, drawn once, that are measured after each epoch; none: all of them",
    )


class Recipe(Config):
    """A whole training run. `twobranch recipes show NAME` prints one."""

    summary: str = Field(default="", description="what it trains, in a sentence")
    source: str = Field(default="", description="the paper and the origin of its values")
    seed: int = Field(default=0, ge=0, description="seed of initialization, sampling and dropout")
    precision: PrecisionName = Field(
        default="auto", description="number format of the networks' matrix products; auto asks the processor"
    )
    model: Architecture = Field(default=Architecture(), description="encoders, branches, similarity, head")
    start: Annotated[Start, StartChoice] = Field(
        default=RandomStart(), description="the weights before the first stage"
    )
    classifiers: Classifiers = Field(default=Classifiers(), description="networks that only training needs")
    overlap: Overlap = Field(
        default=Overlap(), description="when a region matches a phrase, where model.regions is set"
    )
    stages: tuple[Stage, ...] = Field(
        description="what is trained, one after the other; none: the start is the matcher"
    )
    selection: Selection = Field(default=Selection(), description="which epoch is kept")

    def enters_encoder(self, side: SideName) -> bool:
        """Whether a stage's input enters at the encoder of a side, whose network is then part of the training."""
        return any(_enters(stage, side) for stage in self.stages)

    def trains_encoder(self, side: SideName) -> bool:
        """Whether a stage trains the encoder of a side."""
        return any(stage.trains(f"{side}.encoder") for stage in self.stages)

    @model_validator(mode="after")
    def _encoders_are_trained_where_inputs_enter(self) -> Recipe:
        for side, its_input in SIDE_INPUTS.items():
            trained = False
            for stage in self.stages:
                trains = stage.trains(f"{side}.encoder")
                if trains and not _enters(stage, side):
                    raise ValueError(
                        f'stage "{stage.name}" trains {side}.encoder: inputs.{side} must be {its_input}, which enters'
                        " there"
                    )
                if trained and not _enters(stage, side):
                    raise ValueError(
                        f'stage "{stage.name}" comes after one that trains {side}.encoder: inputs.{side} must be'
                        f" {its_input}, for frozen features are those of the encoder before"
                    )
                trained = trained or trains
        return self

    @model_validator(mode="after")
    def _regions_or_whole_images(self) -> Recipe:
        regions = self.model.regions is not None
        told = "set" if regions else "not set"
        if self.selection.metric.startswith("R@") != regions:
            raise ValueError(
                f"selection.metric is {self.selection.metric}, and model.regions is {told}: regions are selected by"
                " R@1, R@5 or R@10, whole images by rsum, i2t.R@1 ..."
            )
        for stage in self.stages:
            if stage.sampler.of_regions != regions:
                raise ValueError(
                    f'stage "{stage.name}": model.regions is {told}, and the sampler draws'
                    f" {'regions' if stage.sampler.of_regions else 'whole images'}"
                )
            if regions and (stage.mining is not None or _enters(stage, "image")):
                raise ValueError(f'stage "{stage.name}": regions are neither mined nor read as pixels')
        return self

    @model_validator(mode="after")
    def _something_is_trained(self) -> Recipe:
        if not self.stages and isinstance(self.start, RandomStart) and self.model.has_weights:
            raise ValueError(
                "a recipe trains in stages, unless its start is more than random weights, or no branch has weights"
            )
        return self


SIDE_INPUTS: dict[SideName, str] = {"image": "pixels", "sentence": "tokens"}
"""The input of each side that comes with twobranch and enters at the encoder."""


def _enters(stage: Stage, side: SideName) -> bool:
    """Whether a stage's input of a side enters at the encoder."""
    return {"image": stage.inputs.image, "sentence": stage.inputs.sentence}[side].enters == "encoder"
