"""The sampler of ``GraphSynth``: a draft of all tables for its structure, then their attributes."""

from collections.abc import Mapping
from typing import final

import torch
from tqdm.auto import tqdm

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.graph.blueprint import TableBlueprint
from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.nn.graph_decoder import GraphDecoder
from synth_models.nn.graph_encoder import GraphEncoder
from synth_models.sampling.plan import SamplePlan
from synth_models.sampling.sample import Sample
from synth_models.sampling.sampler import Sampler, finished, original_rows
from synth_models.sampling.shards import roll
from synth_models.sampling.structure import Structure
from synth_models.sampling.tables import close_cycles, fit_cycles, make_table


@final
class GraphSampler(Sampler):
    """All tables from the roots to the leaves; then all attributes that are no part of keys anew."""

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
        assert isinstance(encoder, GraphEncoder)
        assert isinstance(decoder, GraphDecoder)
        encoder.to(device).eval()
        decoder.to(device).eval()
        total = 2 * sum(n for name, n in plan.n_samples.items() if name in blueprints)
        with (
            torch.inference_mode(),
            tqdm(total=total, desc="sampling", unit="row", disable=not progress) as bar,
        ):
            original = original_rows(plan, blueprints)
            draft = Sample(
                encoder.draft,
                decoder.draft,
                encoder.draft_view.blueprints,
                schema,
                plan,
                temp=self.temp,
                seed=seed,
                device=device,
                batch_rows=batch_rows,
                advance=bar.update,
                original=encoder.draft_view.rows(original),
            )
            for name in blueprints:
                bar.set_postfix_str(f"{name}: keys")
                make_table(draft, name)
            for name in blueprints:
                close_cycles(draft, name)
            values = Sample(
                encoder.attributes,
                decoder.attributes,
                encoder.attribute_view.blueprints,
                schema,
                plan,
                temp=self.temp,
                seed=int(roll(seed, "attributes").numpy.integers(2**62)),
                device=device,
                batch_rows=batch_rows,
                advance=bar.update,
                original=encoder.attribute_view.rows(original),
                given=Structure(encoder, decoder, draft.tables, device),
            )
            for name in blueprints:
                bar.set_postfix_str(f"{name}: attributes")
                make_table(values, name)
            fit_cycles(draft, values)
        return finished(values.tables, schema)
