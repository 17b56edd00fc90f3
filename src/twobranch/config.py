"""The base of everything that a recipe declares: frozen, validated, with errors that name the nearest key."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import core_schema

from twobranch.errors import TwobranchError, nearest

C = TypeVar("C", bound=BaseModel)


class Config(BaseModel):
    """A frozen pydantic model that refuses unknown keys, and numbers that are not finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


_MAY_IMPORT: ContextVar[bool] = ContextVar("may_import", default=True)


def validated(config: type[C], values: Any, where: str, *, may_import: bool | None = None) -> C:
    """Build a config from plain values; a pydantic error becomes one message that says what to write instead.

    Args:
        config: the class of the config.
        values: a mapping as YAML or JSON gives it.
        where: what was read, for the message.
        may_import: False where the values come from somebody else, as those of a matcher folder do: a dotted path
            then reaches only what the program has imported already. None: as around this call.

    Raises:
        TwobranchError: for an unknown key (with the nearest valid key), a missing key or a wrong value.

    Example:
        >>> class Margin(Config):
        ...     margin: float = 0.05
        >>> validated(Margin, {"margin": 0.1}, "my.yaml").margin
        0.1
        >>> validated(Margin, {"margn": 0.1}, "my.yaml")
        Traceback (most recent call last):
        ...
        twobranch.errors.TwobranchError: my.yaml, margn: a key must be known. Did you mean "margin"? Valid: margin.
    """
    if not isinstance(values, dict):
        raise TwobranchError(
            where, "must be a mapping of keys to values", found=repr(values), remedy="Write key: value."
        )
    token = _MAY_IMPORT.set(_MAY_IMPORT.get() if may_import is None else may_import)
    try:
        return config.model_validate(values)
    except ValidationError as error:
        raise _as_twobranch_error(error, config, where) from None
    finally:
        _MAY_IMPORT.reset(token)


def _as_twobranch_error(error: ValidationError, config: type[BaseModel], where: str) -> TwobranchError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    place = f"{where}, {place}" if place else where
    if first["type"] == "extra_forbidden":
        valid = list(_at(config, first["loc"][:-1]).model_fields)
        return TwobranchError(place, "a key must be known", remedy=nearest(str(first["loc"][-1]), valid))
    if first["type"] == "missing":
        return TwobranchError(place, "this key is required", remedy="Add it.")
    message = first["msg"].removeprefix("Value error, ")
    if isinstance(first["input"], dict):  # a rule over several keys names them itself
        return TwobranchError(place, message, remedy="Correct the values.")
    return TwobranchError(place, message, found=repr(first["input"]), remedy="Correct the value.")


def _at(config: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """The config class at a location inside another, through optional values, lists and mappings."""
    for part in location:
        if isinstance(part, str) and part in config.model_fields:
            inner = _config_in(config.model_fields[part].annotation)
            config = inner or config
    return config


def _config_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := _config_in(argument):
            return found
    return None


class Choice(Generic[C]):
    """Metadata of a recipe field whose value names a class of an explicit table and gives its options.

    In YAML `{loss: bidirectional-ranking, margin: 0.1}`: `key` is "loss", the table says which class the
    name means, and the remaining keys are that class's options. A dotted path names a user's own
    subclass of `base` instead.

    Args:
        base: what every class of the table derives from.
        key: the key that holds the name.
        table: class by name.
        what: what the messages call it; the key where it is left out.

    Example:
        >>> from typing import Annotated
        >>> class Shape(Config): pass
        >>> class Square(Shape):
        ...     side: float = 1.0
        >>> class Drawing(Config):
        ...     shape: Annotated[Shape, Choice(Shape, "shape", {"square": Square})]
        >>> Drawing.model_validate({"shape": {"shape": "square", "side": 2}})
        Drawing(shape=Square(side=2.0))
        >>> Drawing.model_validate({"shape": "square"}).model_dump()
        {'shape': {'shape': 'square', 'side': 1.0}}
    """

    def __init__(self, base: type[C], key: str, table: Mapping[str, type[C]], what: str = "") -> None:
        self._base, self._key, self._table, self._what = base, key, table, what or key

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """How pydantic reads and writes such a field."""
        return core_schema.no_info_plain_validator_function(
            self._parse, serialization=core_schema.plain_serializer_function_ser_schema(self._dump)
        )

    def _parse(self, value: Any) -> C:
        if isinstance(value, self._base):
            return value
        key, table, what = self._key, self._table, self._what
        values = {key: value} if isinstance(value, str) else dict(value) if isinstance(value, Mapping) else {}
        name = values.pop(key, None)
        if not isinstance(name, str):
            raise TwobranchError(
                f"{key}: {value!r}", f"must name {_one(what)}", remedy=f"Write {key}: NAME. {_all(table)}"
            )
        chosen = table.get(name) or _own_class(name, self._base, what, list(table))
        return validated(chosen, values, f'{what} "{name}"')

    def _dump(self, value: C) -> dict[str, Any]:
        names = [name for name, chosen in self._table.items() if chosen is type(value)]
        own = f"{type(value).__module__}.{type(value).__qualname__}"
        return {self._key: names[0] if names else own, **value.model_dump(mode="json")}


def _all(table: Mapping[str, Any]) -> str:
    return f"Valid: {', '.join(table)}."


def _one(what: str) -> str:
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what}"


def _own_class(path: str, base: type[C], what: str, valid: list[str]) -> type[C]:
    """A user's own class, named by its dotted path. It must be a subclass of `base`: no other call can be made."""
    module_name, _, name = path.rpartition(".")
    if not module_name:
        raise TwobranchError(f'{what} "{path}"', f"{_one(what)} must be known", remedy=nearest(path, valid))
    if not _MAY_IMPORT.get() and module_name not in sys.modules:
        raise TwobranchError(
            f'{what} "{path}"',
            "what a folder names is never imported by itself",
            remedy=f"If you trust the folder, run: import {module_name}, in your program before you load it.",
        )
    try:
        found = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        raise TwobranchError(
            f'{what} "{path}"', "a dotted path must lead to a class", found=str(error), remedy="Check the path."
        ) from None
    if not (isinstance(found, type) and issubclass(found, base)):
        raise TwobranchError(
            f'{what} "{path}"',
            f"a user's own {what} must be a subclass of {base.__name__}",
            remedy="Derive it from it.",
        )
    return found
