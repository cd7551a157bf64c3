"""What the documented parameters do, beyond their names."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from synth_models import MultiLevelSynth, RelationalData, Schema, Table, load_model
from synth_models.errors import SettingError
from synth_models.graph.batch import families
from synth_models.graph.encode import encode_rows
from synth_models.graph.plan import make_blueprints
from synth_models.models.model import Model
from synth_models.nn.encoder import MultiLevelEncoder
from synth_models.nn.multilevel_decoder import MultiLevelDecoder
from synth_models.nn.settings import NetSettings
from synth_models.sampling.multilevel import MultiLevelSampler
from synth_models.testing import shop
from synth_models.training.trainer import Trainer

QUIET = {"tensorboard_dir": None, "progress": False, "device": "cpu"}


class Assembled(Model):
    """A model put together from parts by the documented constructor of the base class."""

    name = "assembled"

    def settings(self) -> dict[str, Any]:
        """See ``Model``."""
        return {}


def latents(model: Model) -> dict[str, int]:
    """Per table the dimension of the priors that the decoder has."""
    nets = {name: model._networks.decoder.table(name) for name in model.schema.tables}
    return {n: net.prior.net[-1].out_features // 2 for n, net in nets.items() if net.prior is not None}


def test_a_model_is_an_encoder_a_decoder_and_a_sampler() -> None:
    data = shop(40)
    settings, trainer = NetSettings(), Trainer()
    parts = MultiLevelEncoder(data.schema, settings), MultiLevelDecoder(settings), MultiLevelSampler(temp=0.5)
    model = Assembled(*parts, trainer, {"users": 3, "orders": 5})
    assert model.schema == data.schema
    model.train(data, 1, **QUIET)
    assert len(trainer.history) == 1
    assert latents(model) == {"users": 3, "orders": 5}
    assert model.sample(progress=False).n_rows == data.n_rows


def test_the_latent_dimension_is_a_number_or_one_per_table() -> None:
    data = shop(40)
    for given, wanted in ((4, {"users": 4, "orders": 4}), ({"orders": 2}, {"users": 8, "orders": 2})):
        model = MultiLevelSynth(data.schema, d_latent=given)
        model.train(data, 1, **QUIET)
        assert latents(model) == wanted
    with pytest.raises(SettingError, match="'user' not in the schema"):
        MultiLevelSynth(data.schema, d_latent={"user": 3})
    parts = MultiLevelEncoder(data.schema, NetSettings()), MultiLevelDecoder(NetSettings())
    with pytest.raises(SettingError, match="d_latent"):
        Assembled(*parts, MultiLevelSampler(), dz=0)


def test_beta_weighs_the_latents_of_each_table() -> None:
    data, found = shop(50), {}
    for beta in (0.0, 1.0, {"users": 0.0}):
        model = MultiLevelSynth(data.schema)
        model.train(data, 6, beta=beta, **QUIET)
        found[str(beta)] = model.history[-1].kl
    free, pressed, users_free = found.values()
    assert free["users"] > 3 * pressed["users"]
    assert free["orders"] > 3 * pressed["orders"]
    assert users_free["users"] > 3 * pressed["users"]
    assert users_free["orders"] < free["orders"] / 3  # 1 where nothing is said
    model = MultiLevelSynth(data.schema)
    with pytest.raises(SettingError, match="'user' not in the schema"):
        model.train(data, 1, beta={"user": 1.0}, **QUIET)
    with pytest.raises(SettingError, match="beta"):
        model.train(data, 1, beta={"users": -1.0}, **QUIET)


@pytest.mark.parametrize("at_most", [1, 7, 1024])
def test_a_step_takes_no_more_root_rows_than_the_batch_size(at_most: int) -> None:
    data = shop(300)
    blueprints = make_blueprints(data)
    group = next(f for f in families(encode_rows(data, blueprints), blueprints) if f.root == "users")
    units = np.arange(group.units)
    batches = list(group.draw(units, 200, np.random.default_rng(0), at_most))
    assert max(map(len, batches)) <= at_most
    assert np.array_equal(np.sort(np.concatenate(batches)), units)
    assert len(batches) >= group.sizes.sum() / 200 / 1.5


def test_any_optimizer_of_torch_that_fits_is_taken() -> None:
    data = shop(30)
    for name, parameters in (("SGD", {"momentum": 0.9}), ("RMSprop", {}), ("NAdam", {"betas": (0.8, 0.9)})):
        model = MultiLevelSynth(data.schema)
        model.train(data, 1, optimizer=name, optimizer_params=parameters, **QUIET)
        optimizer = model._networks.trainer.optimizer
        assert type(optimizer) is getattr(torch.optim, name)
        assert all(optimizer.param_groups[0][k] == v for k, v in parameters.items())
    for name, parameters in (("LBFGS", {}), ("SparseAdam", {}), ("Optimizer", {}), ("Adam", {"momentum": 1})):
        with pytest.raises(SettingError, match=f"optimizer.*{name}"):
            MultiLevelSynth(data.schema).train(data, 1, optimizer=name, optimizer_params=parameters, **QUIET)


def test_learning_on_keeps_the_optimizer_and_a_reset_makes_a_new_one() -> None:
    data = shop(30)
    model = MultiLevelSynth(data.schema)
    model.train(data, 2, optimizer="AdamW", **QUIET)
    model.train(data, 2, optimizer="SGD", **QUIET)
    assert isinstance(model._networks.trainer.optimizer, torch.optim.AdamW)
    model.train(data, 1, optimizer="SGD", reset=True, **QUIET)
    assert isinstance(model._networks.trainer.optimizer, torch.optim.SGD)


def test_every_aggregator_makes_another_model() -> None:
    """The same seed, and data in which children tell much of their parent: three different latents."""
    data, told, samples = shop(60), [], []
    for aggregator in ("leaf", "gaussian", "add_attention"):
        model = MultiLevelSynth(data.schema, aggregator=aggregator)
        model.train(data, 3, beta=0.01, **QUIET)
        told.append(model.history[-1].kl["users"])
        samples.append(model.sample(progress=False)["orders"])
    assert all(abs(a - b) > 1e-3 for i, a in enumerate(told) for b in told[:i])
    assert all(not a.equals(b) for i, a in enumerate(samples) for b in samples[:i])


@pytest.mark.parametrize("history", ["prefix", "gru", "attention"])
def test_every_history_trains_and_is_saved(history: str, tmp_path: Path) -> None:
    data = shop(40)
    model = MultiLevelSynth(data.schema, history=history)
    model.train(data, 2, **QUIET)
    made = model.sample(progress=False)
    assert made.n_rows == data.n_rows
    model.save(tmp_path / "model.pt")
    again = load_model(tmp_path / "model.pt", device="cpu").sample(progress=False)
    assert all(made[name].equals(again[name]) for name in made)


def test_temp_sharpens_and_flattens_the_choice_of_parents(tmp_path: Path) -> None:
    """Owners mostly have a thing of their own region; the temperature says how mostly."""
    rng = np.random.default_rng(0)
    near = np.repeat(np.arange(8), 5)
    region = rng.integers(0, 8, 300)
    owner = np.repeat(np.arange(300), 2)
    chosen = np.where(rng.random(600) < 0.6, region[owner], rng.integers(0, 8, 600))
    thing = 5 * chosen + rng.integers(0, 5, 600)
    schema = Schema(
        {
            "regions": Table({"id": "key"}, "id"),
            "owners": Table({"id": "key", "region": "key"}, "id", {"region": "regions"}),
            "things": Table({"id": "key", "region": "key"}, "id", {"region": "regions"}),
            "haves": Table({"owner": "key", "thing": "key"}, None, {"owner": "owners", "thing": "things"}),
        }
    )
    frames = {
        "regions": pd.DataFrame({"id": range(8)}),
        "owners": pd.DataFrame({"id": range(300), "region": region}),
        "things": pd.DataFrame({"id": range(40), "region": near}),
        "haves": pd.DataFrame({"owner": owner, "thing": thing}),
    }
    data = RelationalData(frames, schema)
    model = MultiLevelSynth(schema)
    model.train(data, 2, **QUIET)
    model.save(tmp_path / "model.pt")
    content = torch.load(tmp_path / "model.pt", weights_only=True)
    agree = []
    for temp in (0.3, 1.0, 30.0):
        content["settings"]["temp"] = temp
        torch.save(content, tmp_path / "tempered.pt")
        again = load_model(tmp_path / "tempered.pt", device="cpu")
        made = again.sample(data, {"haves": 600}, progress=False)["haves"]
        agree.append(float((region[made["owner"]] == near[made["thing"]]).mean()))
    real = float((region[owner] == near[thing]).mean())
    assert abs(agree[1] - real) < 0.12
    assert agree[0] > agree[1] + 0.1
    assert agree[2] < agree[1] - 0.2
    assert agree[2] < 0.3
