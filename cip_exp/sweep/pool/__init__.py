"""A pool of persistent worker processes that run Hydra jobs."""

from __future__ import annotations
