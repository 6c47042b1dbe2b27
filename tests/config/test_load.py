"""Which configurations are refused, with which messages, and the settings of those that are accepted."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import yaml
from hydra.core.global_hydra import GlobalHydra
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from cip_exp.app.messages import explain_error
from cip_exp.config import resolve
from cip_exp.config.checks import is_seed
from cip_exp.config.estimator import build_estimator
from cip_exp.config.load import compose
from cip_exp.config.resolve import plain_value, to_yaml
from cip_exp.config.settings import CONF
from cip_exp.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

CSV = "data=csv data.path=x.csv data.target=y"

REFUSED = [
    # types
    ("split.n_splits=abc", "split.n_splits = abc has the wrong type", "allowed: a whole number"),
    ("split.n_splits=2.5", "split.n_splits = 2.5 has the wrong type", "allowed: a whole number"),
    ("seeds.split=x", "seeds.split = x has the wrong type", "allowed: a whole number, or null"),
    ("seeds.replicates=3", "seeds.replicates = 3 has the wrong type", "[0,1,2], or null"),
    ("seeds.replicates=[a]", "seeds.replicates = ['a'] has the wrong type", "[0,1,2], or null"),
    ("features.columns=age", "features.columns = age has the wrong type", "[a,b], or null"),
    ("features.columns=[[age]]", "features.columns = [['age']] is not allowed", "a list of names"),
    (f"{CSV} data.drop=age", "data.drop = age has the wrong type", "a list of names, such as [a,b]"),
    (
        "model=rf_churn +model._partial_=true",
        "model._partial_ is not allowed",
        "_target_, _convert_, _args_",
    ),
    ("model=kmeans_segments model.k_min=x", "model.k_min = x has the wrong type", "a whole number"),
    ("model=logit_churn model.scale=x", "model.scale = x has the wrong type", "true | false"),
    # ranges
    ("seed=x", "seed = x is not allowed", "0 to 2**32 - 1"),
    ("seed=-1", "seed = -1 is not allowed", "0 to 2**32 - 1"),
    ("seed=true", "seed = True is not allowed", "0 to 2**32 - 1"),
    ("seed=4294967296", "seed = 4294967296 is not allowed", "0 to 2**32 - 1"),
    ("seeds.model=-1", "seeds.model = -1 is not allowed", "0 to 2**32 - 1"),
    ("seeds.replicates=[]", "seeds.replicates = [] is not allowed", "one seed or more"),
    ("seeds.replicates=[0,0]", "seeds.replicates = [0, 0] is not allowed", "each once"),
    ("split.test_size=nan", "split.test_size = nan is not allowed", "0.05 to 0.5"),
    ("split.n_splits=1", "split.n_splits = 1 is not allowed", "2 to 100"),
    ("split.twins=groups", "split.twins = groups is not allowed", "Did you mean 'group'?"),
    ("features.impute=medain", "features.impute = medain is not allowed", "Did you mean 'median'?"),
    ("features.columns=[age,age]", "features.columns = ['age', 'age'] is not allowed", "each once"),
    ("objective=gap_penalty objective.weight=-1", "objective.weight = -1.0 is not allowed", "at least 0"),
    (
        "objective=gap_penalty objective.weight=inf",
        "objective.weight = inf is not allowed",
        "a finite number",
    ),
    ("objective=lower_bound objective.multiple=nan", "objective.multiple = nan", "a finite number"),
    ("objective=profit objective.capacity=1.5", "objective.capacity = 1.5", "a share from 0 to 1"),
    ("objective=profit objective.contact_cost=-1", "objective.contact_cost = -1.0", "at least 0"),
    ("objective=profit model=rf_clv", "rf_clv, with objective=profit", "task 'churn'"),
    ("objective=top_decile model=rf_churn", "rf_churn, with objective=top_decile", "task 'clv'"),
    ("model=kmeans_segments model.k_min=9", "model.k_min = 9 is not allowed", "k_min <= k_max"),
    ("track.log_models=al", "track.log_models = al is not allowed", "Did you mean 'all'?"),
    ("track.name=mlflow", "track.name = mlflow is not allowed", "sqlite | server | off"),
    # absent, or too much
    ("data=csv", "data.path is missing", "give data.path=…"),
    ("data=csv data.path=x.csv", "data.target is missing", "give data.target=…"),
    ("data=csv data.path= data.target=y", "data.path is missing", "the path of a CSV file"),
    ("track=server", "track.uri is missing", "MLFLOW_TRACKING_URI"),
    ("track.experiment=", "track.experiment is missing", "a name"),
    ("outputs=null", "outputs is missing", "CIP_OUTPUTS"),
    ("~seed", "seed is missing", "0 to 2**32 - 1"),
    ("~split", "split is missing", "split=OPTION"),
    ("~model.name", "model.name is missing", "give model.name=…"),
    ("~model.task", "model.task is missing", "clv | churn | segments"),
    ("~model._target_", "model._target_ is missing", "the import path"),
    ("+split.foo=1", "'split.foo' is not a key", "group 'split', split=stratified"),
    ("+sead=1", "'sead' is not a key", "Did you mean 'seed'?"),
    ("+mine=1", "'mine' is not a key", "+facts.mine=…"),
    # models
    ("model.max_depth=-1", "model.max_depth = -1 is not allowed", "an int in the range [1, inf) or None"),
    ("model.n_estimators=0", "model.n_estimators = 0 is not allowed", "an int in the range [1, inf)"),
    ("model=kmeans_segments model.n_clusters=1", "model.n_clusters = 1 is not allowed", "null to choose k"),
    ("model=kmeans_segments model.n_clusters=x", "model.n_clusters = 'x' is not allowed", "[1, inf)"),
    ("+model.max_dept=1", "'model.max_dept' is not a parameter", "Did you mean 'max_depth'?"),
    ("+model.random_state=1", "model.random_state is set from the seed", "seeds.model="),
    ("model._target_=os.system", "model._target_ = os.system is not allowed", "sklearn.* | cip_exp.forest."),
    ("model._target_=sklearn.nope.X", "cannot be imported: No module named 'sklearn.nope'", "Ridge"),
    ("model._target_=sklearn.svm.SVX", "is not an estimator's class", "Did you mean 'SV"),
    ("model._target_=sklearn.base.clone", "is not an estimator's class", "with a method fit"),
    ("model._target_=cip_exp.evaluation.seeds.child", "is not allowed", "sklearn.* | cip_exp.forest."),
    ("metric=auc", "metric=auc is not allowed for task churn", "Did you mean 'roc_auc'?"),
    ("metric=r2", "metric=r2 is not allowed for task churn", "needs a model for task 'clv'"),
    ("metric=[f1]", "metric=['f1'] is not allowed for task churn", "f1, precision, recall, roc_auc"),
    # combinations
    ("model.task=clv", "model.task=clv needs a regressor", "model=OPTION sets class and task together"),
    ("model=rf_clv model.task=segments", "model.task=segments needs a clusterer", "a clusterer"),
    ("data=telco model=rf_clv", "model = rf_clv is not allowed", "choose model=rf_churn"),
    (f"{CSV} model=rf_clv", "model = rf_clv is not allowed", "or data.task=clv with a target of that task"),
    (f"{CSV} data.task=clv", "model = rf_churn is not allowed", "choose model=rf_clv"),
]


@pytest.mark.parametrize(("overrides", "what", "hint"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_refusal_names_what_is_wrong_and_what_is_allowed(
    overrides: str, what: str, hint: str, outputs: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        compose(overrides.split())
    message = str(caught.value)
    assert what in message.splitlines()[0]
    assert hint in message
    assert [line.split(":")[0].strip() for line in message.splitlines()[1:3]] == ["where", "allowed"]
    assert not outputs.exists()


def test_nested_targets_are_not_executed(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    plain = [
        f"~model.{name}" for name in ("max_depth", "min_samples_split", "min_samples_leaf", "max_features")
    ]
    nested = f"+model.estimator={{_target_: os.system, command: 'touch {marker}'}}"
    with pytest.raises(ConfigError, match=r"model\.estimator\._target_ = os\.system is not"):
        compose([*plain, "~model.class_weight", "model._target_=sklearn.ensemble.BaggingClassifier", nested])
    assert not marker.exists()


def test_the_user_can_trust_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    other = ["model._target_=hypothesis.Nothing"]
    with pytest.raises(ConfigError, match=r"hypothesis\.Nothing is not allowed"):
        compose(other)
    monkeypatch.setenv("CIP_ALLOW_TARGETS", "hypothesis.")
    with pytest.raises(ConfigError, match="is not an estimator's class"):
        compose(other)


@pytest.mark.parametrize(("option", "package"), [("xgb_churn", "xgboost"), ("lgbm_clv", "lightgbm")])
def test_a_package_that_is_missing_is_named_with_its_command(
    option: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=rf"{package}, which is not installed") as caught:
        compose([f"model={option}"])
    assert f"pip install -c constraints.txt -e '.[{package}]'" in str(caught.value)


def test_only_the_named_classes_of_an_optional_package_are_allowed() -> None:
    with pytest.raises(ConfigError, match=r"xgboost\.XGBClassifierX is not allowed"):
        compose(["model=xgb_churn", "model._target_=xgboost.XGBClassifierX"])


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_outputs_must_be_a_folder(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="a folder that exists or can be made"):
        compose([f"outputs={tmp_path / place}"])


def test_the_metric_is_the_tasks_own_unless_one_is_named() -> None:
    assert [compose([f"model={each}"]).metric for each in ("rf_churn", "ridge_clv", "kmeans_segments")] == [
        "f1", "r2", "silhouette",
    ]  # fmt: skip
    assert compose(["model=ridge_clv", "metric=rmse"]).metric == "rmse"


def test_a_new_key_at_its_default_changes_no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(resolve.NEW_KEYS, "features.later", [])
    old: dict[str, Any] = {"features": {"name": "clean"}, "data": {}, "seeds": {}}
    new = {**old, "metric": None, "features": {**old["features"], "later": []}}
    assert resolve.without_new_keys(new) == old
    assert resolve.hash_config(new) == resolve.hash_config(old)
    assert new["features"] == {"name": "clean", "later": []}
    for changed in ({**new, "metric": "roc_auc"}, {**new, "features": {"name": "clean", "later": ["x"]}}):
        assert resolve.hash_config(changed) != resolve.hash_config(old)


def test_compose_gives_what_train_runs(outputs: Path) -> None:
    settings = compose(["model=logit_churn", "seed=3", "model.C=0.5"])
    assert (settings.seed, settings.replicates, settings.outputs) == (3, (3,), outputs)
    assert settings.model.params == {"C": 0.5, "class_weight": None, "max_iter": 1000}
    assert (settings.model.task, settings.model.scale) == ("churn", True)
    assert settings.flat["model.C"] == "0.5"
    assert type(build_estimator(settings.model)).__name__ == "LogisticRegression"


def test_compose_restores_the_state_of_hydra() -> None:
    held = GlobalHydra.instance()
    before = held.hydra
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compose()
        with pytest.raises(ConfigError):
            compose(["seed=-1"])
    assert GlobalHydra.instance().hydra is before


def test_compose_names_the_missing_folder_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cip_exp.config.load.CONF", tmp_path / "conf")
    with pytest.raises(ConfigError, match="configuration files are missing"):
        compose()


def test_the_hash_changes_with_what_changes_a_trial(outputs: Path) -> None:
    plain = compose().config_hash
    same = ["seed=7", "seeds.replicates=[1,2]", f"outputs={outputs}/b", "track=off", "+facts.mine=1"]
    assert compose(same).config_hash == plain
    for other in ("model.max_depth=4", "features=strict", "split.n_splits=4", "seeds.holdout=1"):
        assert compose([other]).config_hash != plain


HASHES = {
    "data=telco": "15a1649679f943d142f6b07fafc485b7e5db61f62a1899c976fe40c56955875f",
    "data=purchasing": "140c2f5110eadeef45da71e8cf8335ba33eefd37833863cdb67c341daecd3fbe",
    "data=cdnow": "b35d0af56cab32c4f6d9797c6c01461c6fdbc24bafdf92e7d33dcaadce70f27e",
    "data=simulated": "b8d847b6a6e151cb4f551fc2ca35388e8ec228efb5dded126cd6ee54f8ad3615",
    f"{CSV} features.impute=error": "9aebbcf09387a7ed9d133a4d989f928070058359243ef7ca0e6d2a9b2b10cf83",
}
"""With model=rf_churn, as commit f4a6cd7 recorded them: a change would end reuse and resuming of old runs."""


@pytest.mark.parametrize(("data", "recorded"), HASHES.items())
def test_the_hash_is_that_of_older_versions(data: str, recorded: str) -> None:
    assert compose([*data.split(), "model=rf_churn"]).config_hash == recorded


def test_the_task_of_a_data_set_is_not_recorded() -> None:
    settings = compose(["data=telco"])
    assert settings.data.task == "churn"
    assert "data.task" not in settings.flat
    assert "data:\n  name: telco\n  impute: median\n" in settings.yaml
    assert compose(["data=telco", "model=kmeans_segments"]).model.task == "segments"


def test_lists_are_recorded_under_keys_that_mlflow_takes() -> None:
    flat = compose(["features.columns=[age,annual_income]"]).flat
    assert (flat["features.columns.0"], flat["features.columns.1"]) == ("age", "annual_income")
    assert flat["data.path"] == "None"


@given(st.one_of(st.integers(), st.booleans(), st.text(), st.none(), st.floats()))
def test_seeds_are_what_numpy_takes(value: object) -> None:
    wanted = type(value) is int and 0 <= value < 2**32
    assert is_seed(value) is wanted


OPTIONS = sorted(path.stem for path in (CONF / "model").glob("*.yaml"))


@pytest.mark.parametrize("option", OPTIONS)
def test_every_model_builds(option: str) -> None:
    package = {"xgb": "xgboost", "lgbm": "lightgbm"}.get(option.partition("_")[0])
    if package is not None:
        pytest.importorskip(package, reason=f"pip install -e '.[{package}]' brings it")
    settings = compose([f"model={option}"])
    assert settings.model.name == option
    assert hasattr(build_estimator(settings.model), "fit")


def test_an_error_of_hydra_reaches_the_caller() -> None:
    with pytest.raises(Exception, match="rf_chrun") as caught:
        compose(["model=rf_chrun"])
    assert explain_error(caught.value)[0] == 2


KEYS = st.sampled_from(["model", "null", "false", "a: b", "on", "ärger", " x", "max_depth", 7, 2.5, True])
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=200)
TREES = st.recursive(
    VALUES, lambda each: st.lists(each, max_size=3) | st.dictionaries(KEYS, each, max_size=3), max_leaves=8
)


@hypothesis.settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["model", "data", "on", "null"]), TREES, min_size=1))
def test_yaml_written_leaf_by_leaf_reads_like_the_whole_tree(tree: dict[str, Any]) -> None:
    tree = yaml.safe_load(yaml.safe_dump(tree))  # only what YAML can represent
    written = "".join(to_yaml(key, value) for key, value in tree.items())
    whole = OmegaConf.to_yaml(OmegaConf.create(tree))
    assert yaml.safe_load(written) == yaml.safe_load(whole)


LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=4)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@hypothesis.settings(deadline=None)
@given(tree=TREES, texts=st.sampled_from(("plain", "${other}", "a ${other} b", "$ {", "")))
def test_a_group_is_read_as_omegaconf_reads_it(tree: Any, texts: str) -> None:
    cfg = OmegaConf.create({"other": 7})
    try:
        cfg["group"] = {"tree": tree, "text": texts}
    except OmegaConfBaseException:
        return  # a text that looks like an interpolation and is not one
    assert plain_value(cfg, "group") == OmegaConf.to_container(cfg.group, resolve=True)
