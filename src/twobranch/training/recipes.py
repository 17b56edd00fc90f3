"""Recipes by name or file, with single values set from outside."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from twobranch.config import Config, validated
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

    A recipe may be given as a change of another: `extends` names that one, `set` lists new values by dotted key, and
    `summary` and `source` are its own. So two rows of an ablation differ in what `set` says and in nothing else.

    Args:
        name_or_file: name of a recipe that comes with twobranch, or a YAML file.
        settings: `key=value` with a dotted key; a stage, step or loss is named by its name or number.

    Raises:
        TwobranchError: for an unknown recipe, a broken file, an unknown key or a wrong value.

    Example:
        >>> load_recipe("default", ["model.embedding=256"]).model.embedding
        256
    """
    changes = []
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise TwobranchError(
                f'--set "{setting}"', "a setting is key=value", remedy="Example: --set model.embedding=256"
            )
        changes.append((key, _yaml(text, f"--set {setting}"), f"recipe {name_or_file} with --set {setting}"))
    return _changed(_read(name_or_file, ()), changes)


class Change(Config):
    """A recipe that is given as a change of another."""

    extends: str = Field(description="name or file of the recipe that it changes")
    summary: str = Field(description="what it trains, in a sentence")
    source: str = Field(default="", description="where it comes from; that of the other recipe if left out")
    set: dict[str, Any] = Field(description="new values by dotted key, as --set takes them")


def _read(name_or_file: str, within: tuple[str, ...]) -> Recipe:
    """The recipe of a name or file; `within` are those that extend it."""
    if name_or_file in within:
        raise TwobranchError(
            f"recipe {name_or_file}", "must not extend itself", found=" -> ".join((*within, name_or_file)),
            remedy="Extend a recipe that is written out.",
        )  # fmt: skip
    document = _yaml(recipe_text(name_or_file), name_or_file)
    where = f"recipe {name_or_file}"
    if not (isinstance(document, dict) and "extends" in document):
        return validated(Recipe, document, where)
    change = validated(Change, document, where)
    changes = [(key, value, f"{where}, set {key}") for key, value in change.set.items()]
    recipe = _changed(_read(change.extends, (*within, name_or_file)), changes)
    return recipe.model_copy(update={"summary": change.summary, "source": change.source or recipe.source})


LARGEST = 100_000
"""Values in a recipe; aliases of YAML could make a few lines into more than any memory holds."""


def _yaml(text: str, where: str) -> Any:
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # dates and numbers are parsed, too
        raise TwobranchError(where, "a recipe is YAML", found=str(error), remedy="Mend the line.") from None
    waiting, count = [document], 0
    while waiting:
        value, count = waiting.pop(), count + 1
        if count > LARGEST:
            raise TwobranchError(where, f"a recipe has at most {LARGEST:,} values", remedy="Write it without aliases.")
        waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return document


def _changed(recipe: Recipe, changes: Sequence[tuple[str, Any, str]]) -> Recipe:
    """The recipe with some values changed: (dotted key, value, where it stands).

    What several values only fulfill together is judged at the end: their order does not matter.
    """
    document, failure = recipe.model_dump(mode="json"), None
    for key, value, where in changes:
        _put(document, key, value)
        try:
            recipe = validated(Recipe, document, where)
        except TwobranchError as error:
            failure = failure or error  # a later change may mend it
        else:
            document, failure = recipe.model_dump(mode="json"), None
    if failure is not None:
        raise failure
    return recipe


def _put(document: dict[str, Any], key: str, value: Any) -> None:
    """Change one value of a resolved recipe."""
    *path, last = key.split(".")
    place: Any = document
    for depth, part in enumerate(path):
        place = place[_key(place, part, ".".join(path[: depth + 1]))]
    place[_key(place, last, key)] = value
    # `epochs` and `length` state one thing: who sets the one unsets the other.
    if last in ("epochs", "length") and isinstance(place, dict):
        place["length" if last == "epochs" else "epochs"] = None


def _key(place: Any, part: str, whole: str) -> str | int:
    """The key or list position that a part of a dotted key means."""
    if isinstance(place, dict):
        if part in place:
            return part
        raise TwobranchError(f'recipe key "{whole}"', "a key must be known", remedy=nearest(part, list(place)))
    if isinstance(place, list):
        names = [str(item.get("name", item.get("loss", number))) for number, item in enumerate(place)]
        if part in names:
            return names.index(part)
        if part.isdigit() and int(part) < len(place):
            return int(part)
        raise TwobranchError(f'recipe key "{whole}"', "an item must be known", remedy=nearest(part, names))
    raise TwobranchError(f'recipe key "{whole}"', "leads past a single value", remedy="Shorten the key.")


def recipe_yaml(recipe: Recipe) -> str:
    """The resolved recipe as YAML, every default written out.

    Example:
        >>> recipe_yaml(load_recipe("default")).startswith("summary:")
        True
    """
    return str(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=120))
