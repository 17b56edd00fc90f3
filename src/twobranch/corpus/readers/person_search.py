"""The annotations of text-based person search: CUHK-PEDES, ICFG-PEDES and RSTPReid.

Each is one JSON list with an entry per picture: its file below `imgs/`, its captions and the number of the person, who
is the group of picture and captions (methods.md 6.5). Words that a file has split already are left aside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twobranch.corpus.checks import check_sentence
from twobranch.corpus.images_folder import SUBFOLDERS, find_images_folder
from twobranch.corpus.json_files import annotation_files, load_json
from twobranch.corpus.reading import BadRow, BadRows, Reading, ReadOptions, Recognition, shown
from twobranch.corpus.records import ImageRecord
from twobranch.corpus.splits import TEST, TRAIN, VAL
from twobranch.errors import TwobranchError

IMAGE_FOLDERS = ("imgs", *SUBFOLDERS)


@dataclass(frozen=True)
class Layout:
    """How one data set writes its annotations; it is a reader.

    Attributes:
        name: of the data set.
        files: names that its annotation file has.
        image: key of an entry's picture.
        split_of: the split of a person's number where no entry of the file names one; None where each entry must.
    """

    name: str
    files: tuple[str, ...]
    image: str
    split_of: Callable[[int], str] | None = None

    def recognize(self, source: Path, options: ReadOptions) -> Recognition:
        """Fits a file of one of the names, or a folder that holds one."""
        file = self._file(source)
        if file is None:
            named = annotation_files(source, (self.image, "captions", "id"))
            other = f"; {named[0].name} has its keys: rename it" if named else ""
            return Recognition(False, f"no {' or '.join(self.files)} in it{other}", near=2 * bool(named))
        if options.columns:
            return Recognition(False, "--columns is for tables", near=3)
        return Recognition(True, f"{file.name} is there")

    def read(self, source: Path, options: ReadOptions) -> Reading:
        """Read the list; a person is a group.

        Raises:
            BadRow: at the first broken entry, unless `options.skip_bad_rows`.
            TwobranchError: if the file is no JSON list.
        """
        file = self._file(source)
        if file is None:
            raise ValueError(f"recognize({str(source)!r}) must hold before read")
        bad_rows, records, entries = BadRows(options.skip_bad_rows), [], _entries(file)
        named = any(isinstance(entry, dict) and "split" in entry for entry in entries)
        split_of = None if named else self.split_of
        for number, entry in enumerate(entries, start=1):
            try:
                records.append(self._record(entry, split_of, f"{file.name}, entry {number}"))
            except BadRow as row:
                bad_rows.reject(row)
        folder, note = find_images_folder(file.parent, records, options.images, IMAGE_FOLDERS)
        notes = [f"{self.name}: a list of pictures with captions in {file.name}; a person is a group", note]
        if split_of is not None:
            notes.append("no entry names a split: persons 1 to 11003 are train, to 12003 val, the others test")
        others = [name for name in self.files if name != file.name and (file.parent / name).is_file()]
        notes += [f"{name} lies beside it and is not read" for name in others]
        return Reading(records, folder, bad_rows, notes)

    def _file(self, source: Path) -> Path | None:
        candidates = [source / name for name in self.files] if source.is_dir() else [source]
        return next((path for path in candidates if path.name in self.files and path.is_file()), None)

    def _record(self, entry: Any, split_of: Callable[[int], str] | None, where: str) -> ImageRecord:
        if not isinstance(entry, dict):
            raise BadRow(where, "an entry is an object with keys", found=shown(entry), remedy="Write {...}")
        image, captions, person = (entry.get(key) for key in (self.image, "captions", "id"))
        if not (isinstance(image, str) and image):
            rule = f'an entry names its picture under "{self.image}"'
            raise BadRow(where, rule, found=shown(image), remedy="Write its path below imgs/")
        if not (isinstance(captions, list) and captions and all(isinstance(caption, str) for caption in captions)):
            raise BadRow(
                where,
                'an entry has a list of texts under "captions"',
                found=shown(captions),
                remedy="Write a list, also for one caption",
            )
        if isinstance(person, bool) or not isinstance(person, int):
            raise BadRow(
                where,
                'an entry has the number of its person under "id"',
                found=shown(person),
                remedy="Write the person's whole number",
            )
        for caption in captions:
            check_sentence(caption.strip(), f"{where}, captions")
        sentences = tuple(caption.strip() for caption in captions)
        return ImageRecord(image, sentences, where, _split(entry, person, split_of, where), str(person))


def _split(entry: dict[str, Any], person: int, split_of: Callable[[int], str] | None, where: str) -> str:
    if split_of is not None:
        if person < 1:
            raise BadRow(
                where,
                "where no entry names a split, persons are numbered from 1",
                found=person,
                remedy="Correct the number",
            )
        return split_of(person)
    split = entry.get("split")
    name = split.lower() if isinstance(split, str) else split  # copies of the files differ in case
    if name not in (TRAIN, VAL, TEST):
        raise BadRow(
            where, f"a split is {TRAIN}, {VAL} or {TEST}", found=shown(split), remedy='Correct the entry\'s "split"'
        )
    return str(name)


def _entries(file: Path) -> list[Any]:
    entries = load_json(file)
    if not isinstance(entries, list):
        raise TwobranchError(
            str(file), "must be a JSON list of pictures", found=type(entries).__name__, remedy="Name the right file."
        )
    return entries


def _cuhk_split(person: int) -> str:
    """The split of the paper, by number: 11,003 persons train, 1,000 val, 1,000 test."""
    return TRAIN if person <= 11_003 else VAL if person <= 12_003 else TEST


CUHK_PEDES = Layout("CUHK-PEDES", ("reid_raw.json", "caption_all.json"), "file_path", _cuhk_split)
ICFG_PEDES = Layout("ICFG-PEDES", ("ICFG-PEDES.json", "ICFG_PEDES.json"), "file_path")
RSTPREID = Layout("RSTPReid", ("data_captions.json",), "img_path")
