"""From pictures and sentences to features: decoding, views, encoders, and the cache of what they computed.

Two tables name every encoder. To add one: a module, its test, its options in `sentence_encoders` or `image_encoders`,
a line in the documentation.
"""

from twobranch.features.image_encoders import IMAGE_ENCODERS, ImageEncoderConfig
from twobranch.features.sentence_encoders import SENTENCE_ENCODERS, SentenceEncoderConfig

__all__ = ["IMAGE_ENCODERS", "SENTENCE_ENCODERS", "ImageEncoderConfig", "SentenceEncoderConfig"]
