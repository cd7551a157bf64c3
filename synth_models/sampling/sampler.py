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
from synth_models.data.keys import value_codes
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema
from synth_models.graph.blueprint import COUNT, LEVEL, NULL, KeyPlan, TableBlueprint
from synth_models.graph.levels import without_gaps
from synth_models.graph.rows import Rows, encode_rows, shared_columns
from synth_models.nn.decoder import Decoder, agreements_of_children, agreements_of_parents
from synth_models.nn.encoder import Encoder
from synth_models.nn.latent import standard_noise
from synth_models.nn.linker import Linker
from synth_models.sampling.counts import fit_total
from synth_models.sampling.fks import Chooser
from synth_models.sampling.frames import (
    make_frame,
    spread_repeats,
    take_rows,
    with_late_keys,
    without_repeats,
)
from synth_models.sampling.plan import SamplePlan
from synth_models.sampling.row import RowDrawer, owners
from synth_models.sampling.state import Table, clamped_table, empty_table

_FAMILIES = 32_768
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
            for name in blueprints:
                run.close_cycles(name)
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
        self.schema, self.shared = schema, shared_columns(blueprints)
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
        at = above.token_at(COUNT, f"{child}.{column}")
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
        choosers = {
            key.column: self._chooser(
                blueprint, key, net.linker(index), round(len(table) * (1 - key.null_share))
            )
            for index, key in enumerate(blueprint.keys if not table.clamped else ())
        }
        return RowDrawer(net, self.blueprints, self.tables, choosers, self.generator, self.rng)

    def _chooser(self, blueprint: TableBlueprint, key: KeyPlan, linker: Linker, wanted: int) -> Chooser:
        """How the parents of one key are chosen, ``wanted`` of them in all."""
        blocks = {name: made.block for name, made in self.tables.items()}
        everyone = torch.arange(len(self.tables[key.parent]))
        last = [k.column for k in (*blueprint.keys, *blueprint.late) if k.column in blueprint.unique_keys][
            -1:
        ]
        return Chooser(
            linker,
            self.tables[key.parent].vectors,
            self._child_counts(key.parent, blueprint.name, key.column, wanted),
            self.temp,
            agreements_of_parents(self.blueprints, blocks, key, everyone),
            self.generator,
            unique=last[-1:] == [key.column],
            strict=_is_strict(key),
        )

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
                if blueprint.family in blueprint.unique_keys:
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
        frame = make_frame(blueprint, self.tables, self.schema, self.rng)
        if len(blueprint.unique) > 1:
            content = [c.name for c in blueprint.columns if c.name in blueprint.unique]
            frame = spread_repeats(frame, blueprint.unique, content, self.rng)
        table, frame = without_repeats(self.tables[name], frame, blueprint.unique)
        lost = [
            (table.block.links[key.column] < 0).numpy()
            for key in blueprint.keys
            if _is_strict(key) and not key.nullable
        ]
        if lost and np.any(lost):  # no parent shares the columns that it must
            table, frame = take_rows(table, frame, np.flatnonzero(~np.any(lost, axis=0)))
        if len(table):
            self._latents(blueprint)
        table.frame = frame
        self.tables[name] = table
        for column in self.shared.get(name, ()):
            table.block.codes[column] = torch.from_numpy(value_codes(frame[column]))

    # ------------------------------------------------------------------ cycles

    def close_cycles(self, name: str) -> None:
        """Choose the parents of the late keys of a table; all tables are there."""
        blueprint, table = self.blueprints[name], self.tables[name]
        if self.plan.kept(name) or not blueprint.late:
            return
        for index, key in enumerate(blueprint.late if not table.clamped else ()):
            self._choose_late(blueprint, key, self.decoder.table(name).late_linker(index))
        table.frame = with_late_keys(blueprint, self.tables, self.schema)

    def _choose_late(self, blueprint: TableBlueprint, key: KeyPlan, linker: Linker) -> None:
        table = self.tables[blueprint.name]
        tokens = table.block.tokens
        wanted = torch.ones(len(table), dtype=torch.bool)
        if key.levels:
            (at,) = blueprint.token_at(LEVEL, key.column)
            tokens[:, at] = torch.from_numpy(without_gaps(tokens[:, at].numpy()))
            wanted = tokens[:, at] > 0
        elif key.nullable:
            (at,) = blueprint.token_at(NULL, key.column)
            wanted = tokens[:, at] == 0
        rows = torch.nonzero(wanted)[:, 0]
        there = rows.to(self.device)
        chooser = self._chooser(blueprint, key, linker, len(rows))
        blocks = {name: made.block for name, made in self.tables.items()}
        table.block.links[key.column][rows] = chooser.choose(
            linker.queries(torch.cat([table.vectors[there], table.contexts[there]], 1)),
            agreements_of_children(self.blueprints, blocks, blueprint.name, key, rows),
            owners(blueprint, self.tables, key.column, rows),
        )


def _is_strict(key: KeyPlan) -> bool:
    """Whether a row must rather go without this key than have a parent that does not agree with it."""
    return any(match.on for match in key.matches)
