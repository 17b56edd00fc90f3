"""`twobranch recipes`: list, show, validate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twobranch.cli.options import Json
from twobranch.cli.output import write_document

recipes_app = typer.Typer(no_args_is_help=True)


@recipes_app.command("list")
def list_recipes(as_json: Json = False) -> None:
    """List the recipes that come with twobranch."""
    from twobranch.training.recipes import load_recipe, recipe_names

    rows = {name: load_recipe(name).summary for name in recipe_names()}
    if as_json:
        write_document([{"name": name, "summary": summary} for name, summary in rows.items()])
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("recipe", "what it trains", box=None, padding=(0, 2, 0, 0))
    for name, summary in rows.items():
        table.add_row(name, summary)
    Console().print(table)


@recipes_app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A recipe's name or file.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change one value.", show_default=False)
    ] = None,
) -> None:
    """Print a recipe as YAML, every default written out."""
    from twobranch.training.recipes import load_recipe, recipe_yaml

    typer.echo(recipe_yaml(load_recipe(name, settings or [])), nl=False)


@recipes_app.command()
def validate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recipe file.", show_default=False)],
) -> None:
    """Check a recipe file; says what is wrong, or that it is valid."""
    from twobranch.training.recipes import load_recipe

    recipe = load_recipe(str(file))
    typer.echo(f"{file}: a valid recipe with {len(recipe.stages)} stage(s)")
