"""The error of a network that OpenVINO cannot run."""

from __future__ import annotations

from twobranch.errors import TwobranchError


class Unconvertible(TwobranchError):
    """OpenVINO knows no counterpart of something in a network, or computes something else than torch."""
