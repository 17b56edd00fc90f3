"""The rules that every record keeps, whatever format it comes from."""

from __future__ import annotations

import math

from twobranch.corpus.paths import is_unicode
from twobranch.corpus.reading import BadRow
from twobranch.corpus.records import Box, ImageRecord, PhraseRecord


def check_sentence(text: str, where: str) -> None:
    """A sentence has at least one visible character, and no halves of characters, which JSON can write.

    Raises:
        BadRow: if it breaks one of these rules.
    """
    if not text.strip():
        rule = "a sentence has at least one word"
        raise BadRow(where, rule, found=repr(text), remedy="Write the sentence", kind="empty-sentence")
    if not is_unicode(text):
        raise BadRow(where, "a sentence consists of whole characters", found=ascii(text))


def check_record(record: ImageRecord) -> None:
    """Sentences are there and not empty; texts are whole; phrases lie in their sentence; boxes have an area.

    Raises:
        BadRow: at the first rule that is broken.
    """
    if not record.sentences:
        rule = "an image has at least one sentence"
        raise BadRow(record.where, rule, found="none", remedy="Write a sentence", kind="empty-sentence")
    for number, text in enumerate(record.sentences):
        place = record.where if len(record.sentences) == 1 else f"{record.where}, sentence {number}"
        check_sentence(text, place)
    for value in (record.split, record.group, *record.metadata, *record.metadata.values()):
        if isinstance(value, str) and not is_unicode(value):
            raise BadRow(record.where, "a value consists of whole characters", found=ascii(value))
    for number, phrase in enumerate(record.phrases):
        _check_phrase(phrase, record, f"{record.where}, phrase {number}")


def _check_phrase(phrase: PhraseRecord, record: ImageRecord, where: str) -> None:
    count = len(record.sentences)
    if not 0 <= phrase.sentence < count:
        rule = f"a phrase names one of the row's sentences, 0 to {count - 1}"
        raise BadRow(f"{where}, key 'sentence'", rule, found=phrase.sentence, remedy="Count the sentences from 0")
    length = len(record.sentences[phrase.sentence])
    if not 0 <= phrase.start < phrase.end <= length:
        rule = f"a phrase is a span of characters inside its sentence, 0 <= start < end <= {length}"
        raise BadRow(
            f"{where}, keys 'start' and 'end'",
            rule,
            found=f"start {phrase.start}, end {phrase.end}",
            remedy="Count characters from 0; end is the one after the last",
        )
    for number, box in enumerate(phrase.boxes):
        _check_box(box, f"{where}, box {number}")


def _check_box(box: Box, where: str) -> None:
    x0, y0, x1, y1 = box
    if not (all(map(math.isfinite, box)) and 0 <= x0 < x1 and 0 <= y0 < y1):
        raise BadRow(
            where,
            "a box [x0, y0, x1, y1] has 0 <= x0 < x1 and 0 <= y0 < y1",
            found=list(box),
            remedy="Write the left, top, right and bottom edge in pixels",
        )
