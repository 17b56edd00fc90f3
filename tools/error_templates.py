"""The messages of twobranch as templates, read from its source: each `TwobranchError(...)` and `BadRow(...)`.

What a message says at run time stands between angle brackets: f"{path.name}, row {number}" is `<path>, row <number>`.
A name is followed to where its function, its module or the module it is imported from gives it a value, and a function
that makes errors of its parameters to its callers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from expression_texts import Names, texts

SOURCE = Path(__file__).parent.parent / "src" / "twobranch"

ERRORS = {"TwobranchError": "", "Unconvertible": "", "Missing": "", "BadRow": "Mend it"}
"""The classes of errors, with their remedy where a call states none."""

SKIP = ", or pass --skip-bad-rows to leave such rows out."
"""What a `BadRow` adds to its remedy."""

FOUND = ", but found ..."
"""What follows the rule where a message shows a value."""

VALIDATORS = {"field_validator", "model_validator"}
"""Decorators of functions whose ValueErrors `config.validated` turns into messages."""


@dataclass(frozen=True, order=True)
class Message:
    """A message of some module.

    Attributes:
        module: path of the module, such as "corpus/lines.py".
        where: template of the place.
        rule: template of the rule.
        remedy: template of the remedy.
    """

    module: str
    where: str
    rule: str
    remedy: str


def messages() -> list[Message]:
    """All messages, by module; each once."""
    found = {message for path in sorted(SOURCE.rglob("*.py")) for message in _Module(path).messages()}
    return sorted(found)


def _constants(tree: ast.Module) -> Names:
    """What the module's own lines give names to."""
    found: Names = {}
    for line in tree.body:
        for name, value in _assigned(line):
            found.setdefault(name, []).append(value)
    return found


def _assigned(line: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    targets = line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
    value = line.value if isinstance(line, ast.Assign | ast.AnnAssign) else None
    for target in targets:
        if isinstance(target, ast.Name) and value is not None:
            yield target.id, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            pairs = zip(target.elts, value.elts, strict=True)
            yield from ((name.id, part) for name, part in pairs if isinstance(name, ast.Name))


class _Module:
    """One module and the messages that it makes.

    Args:
        path: its file.
    """

    def __init__(self, path: Path) -> None:
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._name = path.relative_to(SOURCE).as_posix()
        self._globals = {**_imported(self._tree), **_constants(self._tree)}

    def messages(self) -> Iterator[Message]:
        """The messages, in no order."""
        functions = [node for node in ast.walk(self._tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        for function in functions:
            for call in _own_nodes(function, ast.Call):
                if isinstance(call, ast.Call) and _called(call) in ERRORS:
                    yield from self._of_call(call, function)
            if VALIDATORS & {_called(decorator) for decorator in function.decorator_list}:
                yield from self._of_validator(function)

    def _of_call(self, call: ast.Call, function: ast.AST) -> Iterator[Message]:
        parameters = _parameters(function)
        asked = {name.id for argument in call.args for name in ast.walk(argument) if isinstance(name, ast.Name)}
        callers = self._callers(function) if _names_of(call.args[1:2]) & set(parameters) else []
        names = self._names(function, call.lineno)
        for caller, within in callers:
            given = {name: value for name, value in zip(parameters, caller.args, strict=False) if name in asked}
            outer = self._names(within, caller.lineno)
            yield from self._written(call, {**names, **{name: _inlined(one, outer) for name, one in given.items()}})
        if not callers:
            yield from self._written(call, names)

    def _written(self, call: ast.Call, names: Names) -> Iterator[Message]:
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        kind = _called(call)
        where, rule = (texts(argument, names) for argument in call.args[:2])
        remedies = texts(keywords["remedy"], names) if "remedy" in keywords else [ERRORS[kind]]
        found = FOUND if "found" in keywords else ""
        end = SKIP if kind == "BadRow" else ""
        for place in where:
            for text in rule:
                for remedy in remedies:
                    yield Message(self._name, place, text + found, remedy + end)

    def _of_validator(self, function: ast.AST) -> Iterator[Message]:
        for call in _own_nodes(function, ast.Call):
            if isinstance(call, ast.Call) and _called(call) == "ValueError" and call.args:
                for text in texts(call.args[0], self._names(function, call.lineno)):
                    yield Message(self._name, "<recipe>, <key>", text, "Correct the values.")

    def _names(self, function: ast.AST, line: int) -> Names:
        """What names mean on a line of a function: what was assigned last above it."""
        local: Names = {}
        above = [node for node in ast.walk(function) if getattr(node, "lineno", line) < line]
        for node in sorted(above, key=lambda node: getattr(node, "lineno", 0)):
            local |= {name: [value] for name, value in _assigned(node)}
        shadowed: Names = {name: [] for name in _parameters(function)}
        return {**self._globals, **shadowed, **local}

    def _callers(self, function: ast.AST) -> list[tuple[ast.Call, ast.AST]]:
        """The calls of a function of this module, each with the function it stands in."""
        name = getattr(function, "name", "")
        return [
            (call, other)
            for other in ast.walk(self._tree)
            if isinstance(other, ast.FunctionDef | ast.AsyncFunctionDef)
            for call in _own_nodes(other, ast.Call)
            if isinstance(call, ast.Call) and _called(call) == name
        ]


def _imported(tree: ast.Module) -> Names:
    """The values of names that come from other modules of twobranch."""
    found: Names = {}
    for line in ast.walk(tree):
        if isinstance(line, ast.ImportFrom) and (line.module or "").startswith("twobranch."):
            place = SOURCE.parent / str(line.module).replace(".", "/")
            path = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
            constants = _constants(ast.parse(path.read_text(encoding="utf-8")))
            found |= {alias.asname or alias.name: constants.get(alias.name, []) for alias in line.names}
    return found


def _own_nodes(function: ast.AST, kind: type[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of a function without those of the functions within it."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, kind):
            yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _own_nodes(child, kind)


def _parameters(function: ast.AST) -> list[str]:
    arguments = getattr(function, "args", None)
    return [one.arg for one in arguments.args if one.arg != "self"] if isinstance(arguments, ast.arguments) else []


def _names_of(expressions: list[ast.expr]) -> set[str]:
    return {one.id for one in expressions if isinstance(one, ast.Name)}


def _called(node: ast.expr) -> str:
    """The name of what is called, or of a decorator."""
    target = node.func if isinstance(node, ast.Call) else node
    return target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""


def _inlined(value: ast.expr, names: Names) -> list[ast.expr]:
    """An expression as constants, for use in another function."""
    return [ast.Constant(text) for text in texts(value, names)]
