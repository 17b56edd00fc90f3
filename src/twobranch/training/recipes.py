"""Recipes by name or file, with single values set from outside."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from twobranch.config import validated
from twobranch.errors import TwobranchError, nearest
from twobranch.training.recipe import Recipe


def recipe_names() -> list[str]:
    """The names of the recipes that come with twobranch.

    Example:
        >>> "default" in recipe_names()
        True
    """
    root = Path(str(resources.files("twobranch.recipes")))
    return sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.yaml"))


def recipe_text(name_or_file: str) -> str:
    """The YAML of a recipe, by its name or from a file.

    Raises:
        TwobranchError: if there is no such recipe or file.
    """
    if name_or_file in recipe_names():
        return resources.files("twobranch.recipes").joinpath(f"{name_or_file}.yaml").read_text(encoding="utf-8")
    try:
        return Path(name_or_file).read_text(encoding="utf-8")
    except OSError:
        raise TwobranchError(
            f'recipe "{name_or_file}"', "a recipe is a name or a file", remedy=nearest(name_or_file, recipe_names())
        ) from None
    except UnicodeDecodeError as error:
        raise TwobranchError(name_or_file, "a recipe is UTF-8 text", found=str(error), remedy="Save it so.") from None


def load_recipe(name_or_file: str = "default", settings: Sequence[str] = ()) -> Recipe:
    """A validated recipe.

    Args:
        name_or_file: name of a recipe that comes with twobranch, or a YAML file.
        settings: `key=value` with a dotted key; a stage or step is named by its name or number.

    Raises:
        TwobranchError: for an unknown recipe, a broken file, an unknown key or a wrong value.

    Example:
        >>> load_recipe("default", ["model.embedding=256"]).model.embedding
        256
    """
    try:
        document = yaml.safe_load(recipe_text(name_or_file))
    except yaml.YAMLError as error:
        raise TwobranchError(name_or_file, "a recipe is YAML", found=str(error), remedy="Mend the line.") from None
    recipe = validated(Recipe, document, f"recipe {name_or_file}")
    for setting in settings:
        recipe = _with(recipe, setting, name_or_file)
    return recipe


def _with(recipe: Recipe, setting: str, name: str) -> Recipe:
    """The recipe with one value changed, validated anew."""
    key, equals, text = setting.partition("=")
    if not equals:
        raise TwobranchError(
            f'--set "{setting}"', "a setting is key=value", remedy="Example: --set model.embedding=256"
        )
    document = recipe.model_dump(mode="json")
    *path, last = key.split(".")
    place: Any = document
    for depth, part in enumerate(path):
        place = place[_key(place, part, ".".join(path[: depth + 1]))]
    place[_key(place, last, key)] = yaml.safe_load(text)
    # `epochs` and `length` state one thing: who sets the one unsets the other.
    if last in ("epochs", "length") and isinstance(place, dict):
        place["length" if last == "epochs" else "epochs"] = None
    return validated(Recipe, document, f"recipe {name} with --set {setting}")


def _key(place: Any, part: str, whole: str) -> str | int:
    """The key or list position that a part of a dotted key means."""
    if isinstance(place, dict):
        if part in place:
            return part
        raise TwobranchError(f'--set key "{whole}"', "a key must be known", remedy=nearest(part, list(place)))
    if isinstance(place, list):
        names = [str(item.get("name", item.get("loss", number))) for number, item in enumerate(place)]
        if part in names:
            return names.index(part)
        if part.isdigit() and int(part) < len(place):
            return int(part)
        raise TwobranchError(f'--set key "{whole}"', "an item must be known", remedy=nearest(part, names))
    raise TwobranchError(f'--set key "{whole}"', "leads past a single value", remedy="Shorten the key.")


def recipe_yaml(recipe: Recipe) -> str:
    """The resolved recipe as YAML, every default written out.

    Example:
        >>> recipe_yaml(load_recipe("default")).startswith("summary:")
        True
    """
    return str(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=120))
