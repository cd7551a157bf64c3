"""No part of the networks is there for nothing."""

import numpy as np
import pytest
import torch

from synth_models import MultiLevelSynth
from synth_models.graph.batch import make_batch
from synth_models.graph.encode import encode_rows
from synth_models.nn import encoder
from synth_models.testing import shop
from synth_models.training.loss import table_losses


@pytest.mark.parametrize("history", ["prefix", "gru", "attention"])
@pytest.mark.parametrize("aggregator", ["leaf", "gaussian", "add_attention"])
def test_the_loss_reaches_every_module(
    aggregator: str, history: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = shop(60)
    model = MultiLevelSynth(data.schema, aggregator=aggregator, history=history)
    # a little training: what starts at zero has left it
    model.train(data, 1, min_count=1, tensorboard_dir=None, progress=False, device="cpu")
    blueprints = model._networks.blueprints
    rows = encode_rows(data, blueprints)
    everyone = {name: np.arange(len(block)) for name, block in rows.items()}
    batch = make_batch(everyone, rows, blueprints)
    generator = torch.Generator().manual_seed(0)
    monkeypatch.setattr(encoder, "draw_hidden", lambda: 0.0)  # one of the batches that know the known rows
    model._networks.encoder.train()
    losses = table_losses(
        model._networks.encoder, model._networks.decoder, blueprints, batch, rows, generator
    )
    sum(loss.nll + loss.kl for loss in losses.values()).backward()
    dead = {
        name
        for part in (model._networks.encoder, model._networks.decoder)
        for name, parameter in part.named_parameters()
        if parameter.numel() and (parameter.grad is None or not parameter.grad.abs().sum() > 0)
    }
    # the context of rows without a family parent, in tables that have no such rows
    places = {name: place for place, name in enumerate(blueprints)}
    spare = {f"_tables.{places[n]}.orphan" for n, b in blueprints.items() if b.family and not b.null_families}
    assert dead == spare
