"""Sweeps for any Hydra app: `hydra/sweeper=study`, `hydra/launcher=pool`, and `report` from inside a job."""

from cip_exp.sweep.channel import PRUNED, Pruned, report

__all__ = ["PRUNED", "Pruned", "report"]
