"""A pool of persistent worker processes for Hydra jobs."""

from __future__ import annotations
