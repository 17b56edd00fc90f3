"""Evaluation: exact ranks, retrieval metrics with intervals, calibration, the report."""

from twobranch.evaluation import retrieval

__all__ = ["retrieval"]
