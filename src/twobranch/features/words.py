"""The words of a sentence, for encoders that learn their vocabulary from the corpus."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w\w+")  # words of one letter carry no content; scikit-learn leaves them out too


def words(sentence: str) -> list[str]:
    """Split a sentence into its words, in lower case, with compatible characters unified.

    Example:
        >>> words("A Dog's 2nd ball, a dog")
        ['dog', '2nd', 'ball', 'dog']
    """
    return _WORD.findall(unicodedata.normalize("NFKC", sentence).casefold())
