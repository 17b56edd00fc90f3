"""A recipe file may hold anything: it is a recipe, or there is one error."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.mutations import CASES, mutated, refused, with_another_value
from twobranch.errors import TwobranchError
from twobranch.training.recipes import load_recipe, recipe_text

TEXT = recipe_text("two-branch/embedding").encode()


def load(folder, content: bytes) -> None:
    path = folder / "a.yaml"
    path.write_bytes(content)
    try:
        load_recipe(str(path))
    except TwobranchError as error:
        refused(error)


@CASES
@given(content=mutated(TEXT))
def test_damaged_bytes(tmp_path_factory, content):
    load(tmp_path_factory.mktemp("recipes"), content)


@CASES
@given(chance=st.data())
def test_any_value_in_place_of_another(tmp_path_factory, chance):
    changed = chance.draw(with_another_value(yaml.safe_load(TEXT)))
    try:
        text = yaml.safe_dump(changed, allow_unicode=True).encode()
    except (ValueError, yaml.YAMLError):
        return  # no YAML has half a character, or a number of so many digits
    load(tmp_path_factory.mktemp("recipes"), text)


LAUGHS = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10))
HOSTILE = {
    "a number of many digits": "9" * 5000,
    "nesting": "[" * 5000,
    "a date that is none": "2001-99-99",
    "aliases without end": f"l0: &l0 [x]\n{LAUGHS}",
    "an alias of itself": "a: &a [*a]",
    "code": "!!python/object/apply:os.system [ls]",
    "control characters": "\x1b[31m",
    "nothing": "",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_yaml_is_refused(case, tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(HOSTILE[case])
    with pytest.raises(TwobranchError, match=r"a\.yaml"):
        load_recipe(str(path))
    if "\n" not in HOSTILE[case]:
        with pytest.raises(TwobranchError):
            load_recipe("default", [f"model.embedding={HOSTILE[case]}"])
