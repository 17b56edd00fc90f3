"""What every kind of table file comes down to."""

from collections.abc import Iterator
from typing import Any

Row = dict[str, Any]
"""Values by column name; None where the cell is empty."""

Rows = Iterator[tuple[int, Row]]
"""Rows with their numbers in the file."""

SAMPLE = 100
"""How many rows are looked at for the names of their keys, where only a first look is needed."""
