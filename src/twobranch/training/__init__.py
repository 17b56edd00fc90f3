"""Recipes, samplers, stages and the one training loop."""
