"""The networks of a model, and what they are built for: the blueprints of the data."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, final

import torch
from torch import nn

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.encode import encode_rows
from synth_models.graph.firsts import with_firsts
from synth_models.graph.growth import grow_blueprints
from synth_models.graph.implied import ImpliedKey, find_implied, widened
from synth_models.graph.marginals import Marginals, drift, marginals
from synth_models.graph.plan import make_blueprints
from synth_models.graph.rows import Rows
from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.nn.growth import Moved, carry_over, follow
from synth_models.nn.tokens import TokenLogits
from synth_models.sampling.plan import SamplePlan
from synth_models.training.events import EpochRecord
from synth_models.training.trainer import Trainer


@final
class Networks:
    """An encoder, a decoder and their trainer: built by the first data, grown by later ones.

    Args:
        encoder: Rows to vectors and latents.
        decoder: Those to the probabilities of rows.
        trainer: Fits both.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, trainer: Trainer) -> None:
        self.encoder, self.decoder, self.trainer = encoder, decoder, trainer
        self.blueprints: dict[str, TableBlueprint] = {}
        self.implied: tuple[ImpliedKey, ...] = ()
        self._marginals: Marginals = {}

    @property
    def device(self) -> torch.device | None:
        """Where the parameters are; None before they are built."""
        return next((p.device for p in self.encoder.parameters()), None) if self.blueprints else None

    def reset(self) -> None:
        """Forget everything learned."""
        self.blueprints, self.implied, self._marginals = {}, (), {}
        self.encoder.build({})
        self.decoder.build({})
        self.trainer.reset()

    def build_for(self, data: RelationalData, *, seed: int, min_count: int) -> Rows:
        """Know all values of data, beside those known before, and keep what was learned of these.

        Args:
            data: What is to be learned from.
            seed: Of fresh weights.
            min_count: As in ``make_blueprints``.

        Returns:
            The data's rows.

        Raises:
            DataError: If there are no rows, or the networks cannot grow to know the data.
        """
        known = self.blueprints
        if not known:
            self.implied = find_implied(data, seed=seed, min_count=min_count)
        data = widened(data, self.implied)
        if known:
            self.blueprints = grow_blueprints(known, data, seed=seed, min_count=min_count)
        else:
            self.blueprints = make_blueprints(data, seed=seed, min_count=min_count)
        rows = encode_rows(data, self.blueprints)
        self.blueprints = with_firsts(self.blueprints, rows, min_count)
        self._marginals = marginals(rows, self.blueprints)
        torch.manual_seed(seed)
        self._build(rows, learn_on=bool(known))
        return rows

    def rows(self, data: RelationalData) -> Rows:
        """The rows of data, in the tokens that the networks know."""
        return encode_rows(widened(data, self.implied), self.blueprints)

    @property
    def schema(self) -> Schema:
        """What the networks know: the schema with the keys that the data imply."""
        schema = self.encoder.schema
        for one in self.implied:
            schema = schema.with_key(one.table, one.foreign_key)
        return schema

    def plan(self, plan: SamplePlan) -> SamplePlan:
        """What to sample, with implied keys, those of the original data as well."""
        original = None if plan.original is None else widened(plan.original, self.implied)
        return replace(plan, original=original, implied=self.implied)

    def _build(self, rows: Rows, *, learn_on: bool) -> None:
        """Make the networks for the blueprints there are, with what those before had learned."""
        parts = (self.encoder, self.decoder)
        before = [nn.ModuleList(part.children()) for part in parts]
        for part in parts:
            part.build(self.blueprints)
        self.decoder.start_from(rows)
        moved: Moved = {}
        for old, part in zip(before, parts, strict=True) if learn_on else ():
            moved |= carry_over(old, nn.ModuleList(part.children()))
        for net in self.decoder.modules():
            if isinstance(net, TokenLogits):
                net.admit()
        if self.trainer.optimizer is not None:
            follow(self.trainer.optimizer, moved)

    def drift(self, data: RelationalData) -> dict[str, dict[str, float]]:
        """How far data are from those the networks were built for last; see ``Model.drift``."""
        return drift(self._marginals, marginals(self.rows(data), self.blueprints))

    def state(self) -> dict[str, Any]:
        """Plain data and tensors; ``restore`` is the inverse."""
        optimizer = self.trainer.optimizer
        return {
            "blueprints": [blueprint.state() for blueprint in self.blueprints.values()],
            "implied": [key.state() for key in self.implied],
            "marginals": self._marginals,
            "encoder": self.encoder.state_dict(),
            "decoder": self.decoder.state_dict(),
            "optimizer": optimizer.state_dict() if optimizer is not None else None,
            "optimizer_class": type(optimizer).__name__ if optimizer is not None else None,
            "history": [record.to_dict() for record in self.trainer.history],
        }

    def restore(self, state: Mapping[str, Any], device: torch.device) -> None:
        """Be as the networks were whose state this is, on a device."""
        blueprints = [TableBlueprint.from_state(blueprint) for blueprint in state["blueprints"]]
        self.blueprints = {blueprint.name: blueprint for blueprint in blueprints}
        self.implied = tuple(ImpliedKey.from_state(key) for key in state["implied"])
        for part, weights in ((self.encoder, "encoder"), (self.decoder, "decoder")):
            part.build(self.blueprints)
            part.load_state_dict(state[weights])
            part.to(device).eval()
        if state["optimizer"] is not None:
            parameters = [*self.encoder.parameters(), *self.decoder.parameters()]
            self.trainer.remember(state["optimizer_class"], state["optimizer"], parameters)
        self.trainer.history = [EpochRecord.from_dict(record) for record in state["history"]]
        self._marginals = state["marginals"]
