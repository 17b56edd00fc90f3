"""The words of a sentence, for encoders that learn their vocabulary from the corpus."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+")


def words(sentence: str, shortest: int = 2) -> list[str]:
    """Split a sentence into its words, in lower case, with compatible characters unified.

    Args:
        sentence: the sentence.
        shortest: letters that a word has at least. A bag of words leaves out words of one letter, which carry no
            content, as scikit-learn does; a network that reads words in their order keeps them.

    Example:
        >>> words("A Dog's 2nd ball, a dog")
        ['dog', '2nd', 'ball', 'dog']
        >>> words("A dog", shortest=1)
        ['a', 'dog']
    """
    found = _WORD.findall(unicodedata.normalize("NFKC", sentence).casefold())
    return [word for word in found if len(word) >= shortest]
