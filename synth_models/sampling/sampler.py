"""The sampler: tables from the roots to the leaves, families side by side, siblings one after the other."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import final

import numpy as np
import torch
from torch import Tensor
from tqdm.auto import tqdm

from synth_models.choices import SynthMode
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.graph.blueprint import COUNT, TableBlueprint
from synth_models.graph.rows import Rows, encode_rows
from synth_models.nn.decoder import Decoder, climb
from synth_models.nn.encoder import Encoder
from synth_models.nn.latent import standard_noise
from synth_models.sampling.counts import fit_total
from synth_models.sampling.fks import Chooser
from synth_models.sampling.frames import make_frame, spread_repeats, without_repeats
from synth_models.sampling.plan import SamplePlan
from synth_models.sampling.row import RowDrawer
from synth_models.sampling.state import Table, clamped_table, empty_table

_FAMILIES = 4096
_ROWS = 8192


class Sampler(ABC):
    """Makes rows with trained networks."""

    @abstractmethod
    def sample(
        self,
        encoder: Encoder,
        decoder: Decoder,
        blueprints: Mapping[str, TableBlueprint],
        schema: Schema,
        plan: SamplePlan,
        *,
        temp: float,
        seed: int,
        device: torch.device,
        progress: bool,
    ) -> RelationalData:
        """New data.

        Args:
            encoder, decoder: Trained networks.
            blueprints: Parents before children.
            schema: Of the data.
            plan: Whose rows, how many.
            temp: Temperature of the choice of parents.
            seed: The same seed gives the same rows.
            device: Where to compute.
            progress: Whether to show a progress bar.
        """


@final
class MultiLevelSampler(Sampler):
    """Counts, keys and columns table by table, parents before children."""

    def sample(
        self,
        encoder: Encoder,
        decoder: Decoder,
        blueprints: Mapping[str, TableBlueprint],
        schema: Schema,
        plan: SamplePlan,
        *,
        temp: float,
        seed: int,
        device: torch.device,
        progress: bool,
    ) -> RelationalData:
        """See ``Sampler``."""
        encoder.to(device).eval()
        decoder.to(device).eval()
        total = sum(n for name, n in plan.n_samples.items() if name in blueprints)
        with (
            torch.inference_mode(),
            tqdm(total=total, desc="sampling", unit="row", disable=not progress) as bar,
        ):
            run = _Sampling(
                encoder,
                decoder,
                blueprints,
                schema,
                plan,
                temp=temp,
                seed=seed,
                device=device,
                advance=bar.update,
            )
            for name in blueprints:
                bar.set_postfix_str(name)
                run.make(name)
        frames = {
            name: table.frame.iloc[np.argsort(table.block.source, kind="stable")]
            for name, table in run.tables.items()
            if table.frame is not None
        }
        return RelationalData(frames, schema, allow_empty=True)


class _Sampling:
    """One call of ``MultiLevelSampler.sample``."""

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        blueprints: Mapping[str, TableBlueprint],
        schema: Schema,
        plan: SamplePlan,
        *,
        temp: float,
        seed: int,
        device: torch.device,
        advance: Callable[[int], object],
    ) -> None:
        self.encoder, self.decoder, self.blueprints, self.plan = encoder, decoder, blueprints, plan
        self.temp, self.device, self.advance = temp, device, advance
        self.keys = {n: t.primary_key for n, t in schema.tables.items() if isinstance(t.primary_key, str)}
        self.generator = torch.Generator().manual_seed(seed)
        self.rng = np.random.default_rng(seed)
        self.tables: dict[str, Table] = {}
        self.original: Rows = {}
        if plan.original is not None and (
            plan.mode is SynthMode.ORIGINAL_FKS or any(plan.kept(name) for name in blueprints)
        ):
            self.original = encode_rows(plan.original, blueprints)

    def make(self, name: str) -> None:
        """Draw, or keep, the rows of a table whose parents are there."""
        blueprint = self.blueprints[name]
        if self.plan.kept(name):
            self._keep(blueprint)
            return
        width = self.decoder.table(name).orphan.shape[0]
        if self.plan.mode is SynthMode.ORIGINAL_FKS:
            table = clamped_table(blueprint, self.original[name], width)
        else:
            table = empty_table(blueprint, self._family_parents(blueprint), width)
        self.tables[name] = table
        drawer = self._drawer(blueprint)
        if len(table):
            self._contexts(blueprint)
            self._draw_all(blueprint, drawer)
        self._finish(blueprint)

    def _keep(self, blueprint: TableBlueprint) -> None:
        name, block = blueprint.name, self.original[blueprint.name]
        assert self.plan.original is not None
        frame = self.plan.original[name].iloc[block.source].reset_index(drop=True)
        table = clamped_table(blueprint, block, self.decoder.table(name).orphan.shape[0])
        table.block = replace(table.block, derived=block.derived)
        self.tables[name] = table
        table.numbers = {
            c.name: c.codec.to_numbers(frame[c.name]) for c in blueprint.columns if c.codec.continuous
        }
        table.frame = frame
        if len(table):
            self._contexts(blueprint)
            for start in range(0, len(table), _ROWS):
                self._vectors(blueprint, torch.arange(start, min(start + _ROWS, len(table))))
            self._latents(blueprint)

    # ------------------------------------------------------------------ families

    def _family_parents(self, blueprint: TableBlueprint) -> np.ndarray:
        """The family parent of every row to make, ascending, rows without one first."""
        total = self.plan.n_samples[blueprint.name]
        if blueprint.family is None or blueprint.parent is None:
            return np.full(total, -1)
        alone = round(blueprint.null_families * total)
        counts = self._child_counts(blueprint.parent, blueprint.name, blueprint.family, total - alone)
        parents = np.repeat(np.arange(len(counts)), counts)
        return np.r_[np.full(total - len(parents), -1), parents].astype(np.int64)

    def _child_counts(self, parent: str, child: str, column: str, total: int) -> np.ndarray:
        """How many children every parent has, as it drew them, changed so that they add up."""
        above, table = self.blueprints[parent], self.tables[parent]
        plan = next(c for c in above.counts if c.child == child and c.column == column)
        at = [i for i, t in enumerate(above.tokens) if t.kind == COUNT and t.name == f"{child}.{column}"]
        drawn = plan.grid.decode(table.block.tokens[:, at].long().numpy(), self.rng)
        return fit_total(np.nan_to_num(drawn).round().astype(np.int64), total, plan.seen, self.rng)

    def _contexts(self, blueprint: TableBlueprint) -> None:
        table, net = self.tables[blueprint.name], self.decoder.table(blueprint.name)
        index = torch.from_numpy(table.parent)
        if blueprint.parent is None:
            table.contexts = net.orphan.expand(len(table), -1)
            return
        above = self.tables[blueprint.parent]
        parts = []
        for start in range(0, max(1, len(above)), 4 * _ROWS):
            piece = slice(start, start + 4 * _ROWS)
            size = len(above.vectors[piece])
            everyone = torch.arange(size, device=self.device)
            parts.append(
                net.inherit(above.vectors[piece], above.latents[piece], above.contexts[piece], everyone)
            )
        made = torch.cat(parts)
        index = index.to(self.device)
        alone = net.orphan.expand(len(index), -1)
        table.contexts = (
            torch.where((index >= 0)[:, None], made[index.clamp(min=0)], alone)
            if len(made)
            else alone.clone()
        )

    # ------------------------------------------------------------------ rows

    def _drawer(self, blueprint: TableBlueprint) -> RowDrawer:
        table, net = self.tables[blueprint.name], self.decoder.table(blueprint.name)
        choosers: dict[str, Chooser] = {}
        rows = {name: made.block for name, made in self.tables.items()}
        for index, key in enumerate(blueprint.keys if not table.clamped else ()):
            wanted = round(len(table) * (1 - key.null_share))
            budget = self._child_counts(key.parent, blueprint.name, key.column, wanted)
            matches = key.matches

            def theirs(
                candidates: Tensor, parent: str = key.parent, matches: tuple = matches
            ) -> list[Tensor]:
                return [climb(self.blueprints, rows, parent, m.candidate, candidates) for m in matches]

            last = [c for c in (k.column for k in blueprint.keys) if c in blueprint.unique][-1:]
            unique = last == [key.column] and set(blueprint.unique) <= set(blueprint.key_parents)
            vectors = self.tables[key.parent].vectors
            choosers[key.column] = Chooser(
                net.linker(index), vectors, budget, self.temp, theirs, self.generator, unique
            )
        return RowDrawer(net, self.blueprints, self.tables, choosers, self.generator, self.rng)

    def _draw_all(self, blueprint: TableBlueprint, drawer: RowDrawer) -> None:
        table, net = self.tables[blueprint.name], self.decoder.table(blueprint.name)
        n = len(table)
        table.vectors = torch.zeros(n, net.orphan.shape[0], device=self.device)
        if net.history is None:
            for start in range(0, n, _ROWS):
                rows = torch.arange(start, min(start + _ROWS, n))
                drawer.draw(rows, table.contexts[start : start + _ROWS])
                self._vectors(blueprint, rows)
                self.advance(len(rows))
            return
        firsts = torch.nonzero(table.block.position == 0)[:, 0]
        sizes = table.block.siblings[firsts]
        for start in range(0, len(firsts), _FAMILIES):
            mine = slice(start, start + _FAMILIES)
            order = torch.argsort(sizes[mine], descending=True, stable=True)
            self._draw_families(blueprint, drawer, firsts[mine][order], sizes[mine][order])
            for chooser in drawer.choosers.values():
                if blueprint.family in blueprint.unique:
                    chooser.forget()

    def _draw_families(
        self, blueprint: TableBlueprint, drawer: RowDrawer, firsts: Tensor, sizes: Tensor
    ) -> None:
        """Families side by side, longest first, so that those still growing come first."""
        table, net = self.tables[blueprint.name], self.decoder.table(blueprint.name)
        assert net.history is not None
        state = net.history.begin(len(firsts), self.device)
        ascending = -sizes  # for searchsorted
        for place in range(int(sizes[0])):
            active = int(torch.searchsorted(ascending, torch.tensor(-place), right=False))
            rows = firsts[:active] + place
            there = rows.to(self.device)
            past = net.history.step(state, active, sizes[:active].to(self.device))
            drawer.draw(rows, torch.cat([table.contexts[there], past], 1))
            net.history.push(state, self._vectors(blueprint, rows))
            self.advance(active)

    def _vectors(self, blueprint: TableBlueprint, rows: Tensor) -> Tensor:
        """The vectors of complete rows."""
        table = self.tables[blueprint.name]
        block = table.block
        own = self.encoder.own(
            blueprint.name, block.tokens[rows].to(self.device), block.derived[rows].to(self.device)
        )
        parents = {
            column: (self.tables[parent].vectors, block.links[column][rows].to(self.device))
            for column, parent in blueprint.key_parents.items()
        }
        vectors = self.encoder.merge(blueprint.name, own, parents)
        if table.vectors.device != vectors.device or len(table.vectors) != len(table):
            table.vectors = torch.zeros(len(table), vectors.shape[1], device=vectors.device)
        table.vectors[rows.to(self.device)] = vectors
        return vectors

    def _latents(self, blueprint: TableBlueprint) -> None:
        table = self.tables[blueprint.name]
        prior = self.decoder.table(blueprint.name).latent_prior(table.vectors, table.contexts)
        if prior is not None:
            table.latents = prior.sample(
                standard_noise((len(table), prior.mean.shape[1]), self.generator, self.device)
            )
        else:
            table.latents = torch.zeros(len(table), 0, device=self.device)

    def _finish(self, blueprint: TableBlueprint) -> None:
        name = blueprint.name
        frame = make_frame(blueprint, self.tables, self.keys, self.rng)
        if len(blueprint.unique) > 1:
            content = [c.name for c in blueprint.columns if c.name in blueprint.unique]
            frame = spread_repeats(frame, blueprint.unique, content, self.rng)
        table, frame = without_repeats(self.tables[name], frame, blueprint.unique)
        if len(table):
            self._latents(blueprint)
        table.frame = frame
        self.tables[name] = table
