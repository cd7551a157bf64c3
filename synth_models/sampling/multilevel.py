"""The sampler of ``MultiLevelSynth``: tables from the roots to the leaves."""

from collections.abc import Mapping
from typing import final

import torch
from tqdm.auto import tqdm

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.graph.blueprint import TableBlueprint
from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder, MultiLevelEncoder
from synth_models.nn.multilevel_decoder import MultiLevelDecoder
from synth_models.sampling.plan import SamplePlan
from synth_models.sampling.sample import Sample
from synth_models.sampling.sampler import Sampler, finished, original_rows
from synth_models.sampling.tables import close_cycles, make_table


@final
class MultiLevelSampler(Sampler):
    """Counts, keys and columns table by table, parents before children, shard by shard."""

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
        """See ``Sampler``."""
        assert isinstance(encoder, MultiLevelEncoder)
        assert isinstance(decoder, MultiLevelDecoder)
        encoder.to(device).eval()
        decoder.to(device).eval()
        total = sum(n for name, n in plan.n_samples.items() if name in blueprints)
        with (
            torch.inference_mode(),
            tqdm(total=total, desc="sampling", unit="row", disable=not progress) as bar,
        ):
            sample = Sample(
                encoder,
                decoder,
                blueprints,
                schema,
                plan,
                temp=self.temp,
                seed=seed,
                device=device,
                batch_rows=batch_rows,
                advance=bar.update,
                original=original_rows(plan, blueprints),
            )
            for name in blueprints:
                bar.set_postfix_str(name)
                make_table(sample, name)
            for name in blueprints:
                close_cycles(sample, name)
        return finished(sample.tables, schema)
