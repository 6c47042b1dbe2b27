"""Hydra's own public suites for launchers and sweepers, on `pool` and on `study`."""

import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.test_utils.launcher_common_tests import (
    BatchedSweeperTestSuite,
    IntegrationTestSuite,
    LauncherTestSuite,
)

from cip_exp.sweep.pool.launcher import PoolLauncher
from cip_exp.sweep.search.sweeper import StudySweeper

# A study searches a key that is neither a group nor in `outer`, and needs numbers from its jobs. The suites
# sweep `a` and `bar` as a grid, and their jobs return any value.
AS_GRID = ["hydra/sweeper=study", "hydra.sweeper.outer=[a,bar]", "hydra.sweeper.max_failure_rate=1.0"]


def test_hydra_finds_both_plugins() -> None:
    assert PoolLauncher in Plugins.instance().discover(Launcher)
    assert StudySweeper in Plugins.instance().discover(Sweeper)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("launcher_name", "overrides"),
    [
        pytest.param("pool", [], id="pool"),
        pytest.param("pool", ["hydra.launcher.start=forkserver"], id="pool-forkserver"),
        pytest.param("pool", AS_GRID, id="study-pool"),
        pytest.param("basic", AS_GRID, id="study-basic"),
    ],
)
class TestLauncher(LauncherTestSuite):
    """A grid of jobs: order, folders, configs, exceptions, custom resolvers."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("launcher_name", "overrides"),
    [
        pytest.param("pool", ["hydra.sweeper.max_batch_size=2"], id="pool"),
        pytest.param("pool", [*AS_GRID, "hydra.sweeper.n_jobs=2"], id="study-pool"),
        pytest.param("basic", [*AS_GRID, "hydra.sweeper.n_jobs=2"], id="study-basic"),
    ],
)
class TestBatches(BatchedSweeperTestSuite):
    """The same in batches."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task_launcher_cfg", "extra_flags"),
    [
        pytest.param({}, ["-m", "hydra/launcher=pool"], id="pool"),
        pytest.param({}, ["-m", "hydra/launcher=pool", "hydra.launcher.start=spawn"], id="pool-spawn"),
        pytest.param({}, ["-m", "hydra/launcher=pool", *AS_GRID], id="study-pool"),
    ],
)
class TestIntegration(IntegrationTestSuite):
    """Real commands: job names, working directories, sweep folders."""
