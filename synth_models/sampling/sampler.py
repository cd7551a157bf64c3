"""What every sampler is, and how it begins and ends."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
import torch

from synth_models.choices import SynthMode
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.encode import encode_rows
from synth_models.graph.rows import Rows
from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.sampling.plan import SamplePlan
from synth_models.sampling.state import Table

BATCH_ROWS = 32_768


class Sampler(ABC):
    """Makes rows with trained networks.

    Args:
        temp: Temperature of the choice of parents: below 1 sharper, above 1 flatter.
    """

    def __init__(self, temp: float = 1.0) -> None:
        self.temp = temp

    @abstractmethod
    def sample(
        self,
        encoder: Encoder,
        decoder: Decoder,
        blueprints: Mapping[str, TableBlueprint],
        schema: Schema,
        plan: SamplePlan,
        *,
        seed: int,
        device: torch.device,
        batch_rows: int,
        progress: bool,
    ) -> RelationalData:
        """New data.

        Args:
            encoder, decoder: Trained networks.
            blueprints: Parents before children.
            schema: Of the data.
            plan: Whose rows, how many.
            seed: The same seed gives the same rows.
            device: Where to compute.
            batch_rows: Finished rows that pass through a network at once; the rows do not depend on it.
            progress: Whether to show a progress bar.
        """


def original_rows(plan: SamplePlan, blueprints: Mapping[str, TableBlueprint]) -> Rows:
    """The original data's rows, if any of them are used."""
    given = plan.mode is SynthMode.ORIGINAL_FKS or any(plan.kept(name) for name in blueprints)
    return encode_rows(plan.original, blueprints) if plan.original is not None and given else {}


def finished(tables: Mapping[str, Table], schema: Schema) -> RelationalData:
    """The data of complete tables without implied keys, kept rows in their original order."""
    frames = {
        name: table.frame.iloc[np.argsort(table.block.source, kind="stable")]
        for name, table in tables.items()
        if table.frame is not None
    }
    return RelationalData(frames, schema.declared(), allow_empty=True)
