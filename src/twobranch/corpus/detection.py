"""Which format data is in; and where it is in none, which ones it comes close to and what is missing."""

from __future__ import annotations

from pathlib import Path

from twobranch.corpus.picture_folder import picture_names
from twobranch.corpus.readers import READERS
from twobranch.corpus.reading import ReadOptions, Recognition
from twobranch.errors import TwobranchError, nearest

CLOSEST = 3
"""How many formats the error for data in none of them names with what is missing."""

SUBFOLDERS = 20
"""How many subfolders are tried where a folder itself is in no format."""

ALONE = (
    "Pictures alone can be indexed (twobranch index MODEL DIR) but not trained on. To train, write a text file "
    "beside each picture, or a table of pictures and sentences (docs/data.md)."
)

Answers = dict[str, Recognition]


class PicturesAlone(TwobranchError):
    """The data is a folder of pictures without sentences: it can be indexed, but not trained on."""


def find_format(source: Path, options: ReadOptions) -> tuple[str, str]:
    """The name of the format, and because of what it is this one.

    Raises:
        PicturesAlone: if the data is a folder of pictures and nothing else that any format needs.
        TwobranchError: if no format fits or two do, or the one that the user names does not.
    """
    return _given(source, options) if options.format else _detected(source, options)


def _given(source: Path, options: ReadOptions) -> tuple[str, str]:
    name = str(options.format)
    if name not in READERS:
        raise TwobranchError("--format", "must name a format", found=repr(name), remedy=nearest(name, list(READERS)))
    answer = READERS[name].recognize(source, options)
    if not answer.fits:
        raise TwobranchError(
            str(source),
            f"must be in the format {name}",
            found=f"that {answer.because}",
            remedy="Mend the data, or leave --format out to have it detected.",
        )
    return name, f"--format says so, and {answer.because}"


def _detected(source: Path, options: ReadOptions) -> tuple[str, str]:
    answers = _answers(source, options)
    fitting = [name for name, answer in answers.items() if answer.fits]
    if len(fitting) == 1:
        return fitting[0], answers[fitting[0]].because
    if fitting:
        reasons = "; ".join(f"{name}: {answers[name].because}" for name in fitting)
        raise TwobranchError(
            str(source),
            "exactly one format must fit",
            found=f"{len(fitting)} ({reasons})",
            remedy=f"Choose one with {' or '.join(f'--format {name}' for name in fitting)}.",
        )
    raise _none_fits(source, options, answers)


def _answers(source: Path, options: ReadOptions) -> Answers:
    return {name: reader.recognize(source, options) for name, reader in READERS.items()}


def _none_fits(source: Path, options: ReadOptions, answers: Answers) -> TwobranchError:
    inside = _fitting_subfolders(source, options)
    if inside:
        named = ", ".join(f"{folder} ({name})" for folder, name in inside.items())
        return TwobranchError(
            str(source),
            "a known format must fit",
            found=f"none in the folder itself, but one in {named}",
            remedy=f"Name {'that folder' if len(inside) == 1 else 'one of those folders'} as the data.",
        )
    near = sorted((name for name in answers if answers[name].near), key=lambda name: -answers[name].near)
    if not near and (pictures := picture_names(source)):
        return PicturesAlone(
            str(source),
            "a corpus has images and sentences",
            found=f"{len(pictures):,} pictures, for example {pictures[0]}, and no sentences",
            remedy=ALONE,
        )
    if near:
        reasons = "; ".join(f"{name}: {answers[name].because}" for name in near[:CLOSEST])
        return TwobranchError(
            str(source),
            "a known format must fit",
            found=f"none. It comes close to {reasons}",
            remedy=f"Mend what is missing for {'it' if len(near) == 1 else 'one of them'}.",
        )
    return TwobranchError(
        str(source),
        "a known format must fit",
        found=f"{_contents(source)}, which looks like none",
        remedy=f"docs/data.md says what each format looks like: {', '.join(READERS)}.",
    )


def _fitting_subfolders(source: Path, options: ReadOptions) -> dict[str, str]:
    """The formats of the subfolders that are in exactly one; none where the options would be misread."""
    if not source.is_dir() or options.columns or options.images:
        return {}
    folders = [path for path in sorted(source.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    found = {}
    for folder in folders[:SUBFOLDERS]:
        fitting = [name for name, answer in _answers(folder, options).items() if answer.fits]
        if len(fitting) == 1:
            found[folder.name] = fitting[0]
    return found


def _contents(source: Path) -> str:
    """What lies there, by the endings of file names.

    Example:
        >>> _contents(Path("letters.docx"))
        'a .docx file'
    """
    if not source.is_dir():
        return f"a {source.suffix or 'nameless'} file" if source.suffix else "a file without an ending"
    counts: dict[str, int] = {}
    for path in source.iterdir():
        kind = "subfolders" if path.is_dir() else f"{path.suffix.lower() or 'other'} files"
        counts[kind] = counts.get(kind, 0) + 1
    said = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "a folder with " + (", ".join(f"{count:,} {kind}" for kind, count in said[:5]) or "nothing in it")
