"""The import paths of samplers and pruners: nothing else that a configuration names is called.

Written out instead of `optuna.samplers.*`: below such a prefix there are functions as well as classes.
"""

from __future__ import annotations

_SAMPLERS = (
    "BruteForceSampler", "CmaEsSampler", "GPSampler", "GridSampler", "NSGAIIISampler", "NSGAIISampler",
    "PartialFixedSampler", "QMCSampler", "RandomSampler", "TPESampler",
)  # fmt: skip
_CROSSOVERS = (
    "BLXAlphaCrossover", "SBXCrossover", "SPXCrossover", "UNDXCrossover", "UniformCrossover", "VSBXCrossover",
)  # fmt: skip
_PRUNERS = (
    "HyperbandPruner", "MedianPruner", "NopPruner", "PatientPruner", "PercentilePruner",
    "SuccessiveHalvingPruner", "ThresholdPruner", "WilcoxonPruner",
)  # fmt: skip
TRUSTED = (
    *(f"optuna.samplers.{name}" for name in _SAMPLERS),
    *(f"optuna.samplers.nsgaii.{name}" for name in _CROSSOVERS),
    *(f"optuna.pruners.{name}" for name in _PRUNERS),
    "hydra_plugins.hydra_optuna_sweeper._impl.create_nsgaii_sampler",
    "hydra_plugins.hydra_optuna_sweeper._impl.create_nsgaiii_sampler",
    "hydra_plugins.hydra_optuna_sweeper.config.raise_motpe_removed",
    "cip_exp.sweep.samplers.paired_pruner.PairedPruner",
    "cip_exp.sweep.samplers.tpe.TPESampler",
)
