"""Imports go downwards only."""

import ast
from pathlib import Path

import pytest

import twobranch

ROOT = Path(twobranch.__file__).parent

LAYERS = [
    {"errors", "files", "temporaries", "exchange", "locks", "config", "progress", "html", "launched"},
    {"corpus"},
    {"features"},
    {"models", "losses", "regions"},
    {"matcher"},
    {"evaluation"},
    {"training", "search", "export"},
    {"serving", "reproduction"},
    {"cli"},
]
"""From the bottom to the top. A package imports from layers below its own and from itself."""

HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
DATA = {"recipes"}


def owner(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


def imports(path):
    """Modules of twobranch that a file imports, anywhere in it; type-checking imports too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("twobranch."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "twobranch":
            if node.module == "twobranch":
                yield from (f"twobranch.{alias.name}" for alias in node.names)
            else:
                yield node.module


FILES = [path for path in sorted(ROOT.rglob("*.py")) if path.parent != ROOT]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_downwards(path):
    own = path.relative_to(ROOT).parts[0]
    if own in DATA:
        return
    for module in imports(path):
        other = owner(module)
        if other in HEIGHT and other != own:
            assert HEIGHT[other] < HEIGHT[own], f"{own} must not import {module}"


def test_every_package_has_a_layer():
    packages = {path.name for path in ROOT.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert packages == set(HEIGHT) - LAYERS[0] | DATA


@pytest.mark.parametrize("name", sorted(LAYERS[0]))
def test_the_ground_imports_ground_only(name):
    for module in imports(ROOT / f"{name}.py"):
        assert owner(module) in LAYERS[0], module
