"""A matcher as two networks that run without torch and without twobranch."""

from twobranch.export.exporting import Exported, export_matcher
from twobranch.export.formats import FORMATS
from twobranch.export.samples import Samples

__all__ = ["FORMATS", "Exported", "Samples", "export_matcher"]
