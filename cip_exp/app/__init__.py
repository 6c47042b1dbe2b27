"""The Hydra application: callback, jobs, start and end of a sweep, recording, messages, command lines."""

from __future__ import annotations
