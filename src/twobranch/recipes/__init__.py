"""Recipes that come with twobranch, one YAML file each."""
