"""Training on several processes: what the loop asks for, alone and together."""

from twobranch.training.processes.base import ALONE, Processes
from twobranch.training.processes.launch import training_processes

__all__ = ["ALONE", "Processes", "training_processes"]
