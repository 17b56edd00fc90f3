"""The commands that must lose nothing."""

from benchmarks.reliability.jobs.base import Ends, Job, State, digest, told
from benchmarks.reliability.jobs.extraction import Extraction
from benchmarks.reliability.jobs.indexing import FirstIndexing, Indexing, Reindexing
from benchmarks.reliability.jobs.reproduction import Reproduction
from benchmarks.reliability.jobs.training import Training

JOBS: dict[str, type[Job]] = {
    job.name: job for job in (Extraction, Training, Indexing, Reindexing, FirstIndexing, Reproduction)
}
"""By name."""

__all__ = ["JOBS", "Ends", "Extraction", "Indexing", "Job", "State", "digest", "told"]
