"""Tasks: what a training matches, whole images with sentences or regions with phrases."""

from __future__ import annotations

from twobranch.training.recipe import Recipe
from twobranch.training.tasks.regions import RegionTask
from twobranch.training.tasks.task import Task
from twobranch.training.tasks.whole_images import WholeImageTask


def task_of(recipe: Recipe) -> Task:
    """What a recipe trains for."""
    return WholeImageTask() if recipe.model.regions is None else RegionTask()


__all__ = ["Task", "task_of"]
