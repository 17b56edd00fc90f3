"""The trained model: encode, score, probability, save, load."""

from twobranch.matcher.matcher import Matcher

__all__ = ["Matcher"]
