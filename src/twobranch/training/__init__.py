"""Recipes, samplers, stages and the one training loop."""

from twobranch.training.fitting import fit
from twobranch.training.recipe import Recipe
from twobranch.training.recipes import load_recipe

__all__ = ["Recipe", "fit", "load_recipe"]
