"""The colors that a picture is repainted in: a name that a sentence may use, a main tone and a darker one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paint:
    """The two tones of one color: `main` for the body of a drawing, `shade` for its darker parts."""

    main: str
    shade: str


PAINTS: dict[str, Paint] = {
    "red": Paint("#ea4335", "#b5271c"),
    "blue": Paint("#3f8fe8", "#2262b5"),
    "green": Paint("#5fb83c", "#37822a"),
    "yellow": Paint("#fcdc2f", "#e3ab1c"),
    "purple": Paint("#a26bd0", "#7443a3"),
    "orange": Paint("#f9922b", "#d66b14"),
    "pink": Paint("#ff9fc6", "#e46a9c"),
    "brown": Paint("#a5703d", "#6f4524"),
    "black": Paint("#4a4a50", "#2d2d33"),
    "white": Paint("#ffffff", "#d9dce1"),
    "gray": Paint("#a9adb3", "#7d8289"),
}
"""Color name -> tones. They are far enough from each other that a sentence can tell two objects apart by them."""

DRAWN: dict[str, Paint] = {
    "red": Paint("#ea5a47", "#d22f27"),
    "orange": Paint("#f4aa41", "#e27022"),
    "yellow": Paint("#fcea2b", "#f1b31c"),
    "green": Paint("#b1cc33", "#5c9e31"),
    "blue": Paint("#92d3f5", "#61b2e4"),
    "purple": Paint("#b399c8", "#8967aa"),
    "pink": Paint("#ffa7c0", "#e67a94"),
    "brown": Paint("#a57939", "#6a462f"),
    "gray": Paint("#d0cfce", "#9b9b9a"),
}
"""The palette of OpenMoji: every drawing uses these pairs, which is why a drawing can be repainted at all."""


def repaint(svg: str, drawn: str, color: str) -> str | None:
    """An SVG text in which one pair of OpenMoji tones is replaced; None where the drawing has neither tone.

    Where a drawing uses only the darker tone, that one is its body and takes the main tone.

    Example:
        >>> repaint('<path fill="#EA5A47"/><path fill="#d22f27"/>', "red", "blue")
        '<path fill="#3f8fe8"/><path fill="#2262b5"/>'
        >>> repaint('<path fill="#d22f27"/>', "red", "blue")
        '<path fill="#3f8fe8"/>'
    """
    old, new = DRAWN[drawn], PAINTS[color]
    low = svg.lower()
    if old.main in low:
        return _swap(_swap(svg, old.main, new.main), old.shade, new.shade)
    return _swap(svg, old.shade, new.main) if old.shade in low else None


def _swap(svg: str, old: str, new: str) -> str:
    return svg.replace(old, new).replace(old.upper(), new)
