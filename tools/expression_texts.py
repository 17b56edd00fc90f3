"""What an expression of the source says, as text in which the unknown stands between angle brackets."""

from __future__ import annotations

import ast

Names = dict[str, list[ast.expr]]
"""The expressions that names stand for."""

NEAREST = 'Did you mean "<the nearest name>"? Valid: <all names>.'
"""What `twobranch.errors.nearest` gives."""


def texts(node: ast.expr, names: Names) -> list[str]:
    """The templates that an expression can be; several where a name has several values or a choice is made."""
    match node:
        case ast.Constant(value=value):
            return [str(value)]
        case ast.JoinedStr(values=values):
            built = [""]
            for value in values:
                built = [text + part for text in built for part in texts(value, names)]
            return built
        case ast.FormattedValue(value=value, conversion=conversion, format_spec=spec):
            quote = "'" if conversion == ord("r") else ""
            return [f"{quote}{_formatted(text, spec)}{quote}" for text in texts(value, names)[:1]]
        case ast.BinOp(left=left, op=ast.Add(), right=right) if _is_text(left) or _is_text(right):
            return [one + other for one in texts(left, names) for other in texts(right, names)]
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return [f"{texts(left, names)[0]}/{texts(right, names)[0]}"]
        case ast.IfExp(body=body, orelse=orelse):
            return [*texts(body, names), *texts(orelse, names)]
        case ast.Name(id=name) if values := _values(name, names):
            return values
        case ast.Call(func=ast.Name(id="nearest")):
            return [NEAREST]
        case ast.Call(func=ast.Name(id="str" | "repr" | "ascii"), args=[inner]):
            return texts(inner, names)[:1]
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.Name(id=name)]) if values := names.get(name):
            items = [text for one in getattr(values[-1], "elts", []) for text in _literal(one, names)]
            keys = [text for one in getattr(values[-1], "keys", []) if one for text in _literal(one, names)]
            return [", ".join(items or keys) or f"<{_words(node)}>"]
    return [f"<{_words(node)}>"]


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _values(name: str, names: Names) -> list[str]:
    """The templates of a name; in what it stands for it is no name, for it may be a part of itself."""
    others = {**names, name: []}
    return [text for value in names.get(name, []) for text in _literal(value, others)]


def _literal(value: ast.expr, names: Names) -> list[str]:
    """The templates of a value that is text or a number; none for others, which a name describes better."""
    if isinstance(value, ast.BinOp):
        try:
            return [str(eval(compile(ast.Expression(value), "", "eval"), {"__builtins__": {}}))]
        except Exception:  # names in it
            return texts(value, names) if isinstance(value.op, ast.Add) else []
    if isinstance(value, ast.Constant) and value.value in (None, ""):
        return []
    return texts(value, names) if isinstance(value, ast.Constant | ast.JoinedStr | ast.IfExp) else []


def _formatted(text: str, spec: ast.expr | None) -> str:
    comma = isinstance(spec, ast.JoinedStr) and any(getattr(one, "value", "") == "," for one in spec.values)
    return f"{int(text):,}" if comma and text.lstrip("-").isdigit() else text


PASSED = {"len", "sorted", "set", "list", "Path", "min", "max", "int", "float", "type"}
"""Calls that a placeholder is not named after."""


def _words(node: ast.AST) -> str:
    """What a placeholder is called: the name in the code, in words."""
    match node:
        case ast.Name(id=name):
            return name.strip("_").replace("_", " ").lower()
        case ast.Attribute(value=value, attr="name" | "path" | "parent" | "shape" | "__name__" | "source"):
            return _words(value) if not (isinstance(value, ast.Name) and value.id == "self") else node.attr
        case ast.Attribute(attr=name):
            return name.strip("_").replace("_", " ")
        case ast.Call(func=ast.Attribute(attr="join"), args=[inner]):
            return _words(inner)
        case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in PASSED:
            return f"number of {_words(inner)}" if name == "len" else _words(inner)
        case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[ast.Constant(value=key)]):
            return f"{_words(value)} {key}".strip()
        case ast.Call(func=function):
            return _words(function)
        case ast.Subscript(value=value) | ast.Starred(value=value) | ast.FormattedValue(value=value):
            return _words(value)
        case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
            return _words(element)
        case ast.BinOp(left=left) | ast.BoolOp(values=[left, *_]):
            return _words(left)
        case ast.JoinedStr(values=[*_, last]):
            return _words(last)
    return "..."
