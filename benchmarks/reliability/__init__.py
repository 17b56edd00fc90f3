"""Faults against everything that the project writes: kills at any moment, full disks, second processes."""
