"""The sampler: tables from the roots to the leaves, families side by side, siblings one after the other."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
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
from synth_models.nn.decoder import (
    Decoder,
    MultiLevelDecoder,
    agreements_of_children,
    agreements_of_parents,
)
from synth_models.nn.encoder import Encoder, MultiLevelEncoder
from synth_models.nn.latent import Gaussian, standard_noise
from synth_models.nn.linker import Linker
from synth_models.sampling.counts import fit_total
from synth_models.sampling.fks import Chooser
from synth_models.sampling.frames import (
    make_columns,
    make_frame,
    spread_repeats,
    take_rows,
    with_late_keys,
    without_repeats,
)
from synth_models.sampling.plan import SamplePlan
from synth_models.sampling.row import RowDrawer, owners
from synth_models.sampling.shards import SHARD, Dice, deal, roll, rows_of_shards, shards_of
from synth_models.sampling.state import Table, clamped_table, described_table, empty_table
from synth_models.sampling.totals import hold_totals

BATCH_ROWS = 32_768
_ROWS = 8192
LEAST_ROWS = 64
"""Networks round a handful of rows otherwise than many."""


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


@final
class MultiLevelSampler(Sampler):
    """Counts, keys and columns table by table, parents before children, shard by shard.

    Args:
        temp: Temperature of the choice of parents: below 1 sharper, above 1 flatter.
    """

    def __init__(self, temp: float = 1.0) -> None:
        self.temp = temp

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
            run = Sampling(
                encoder,
                decoder,
                blueprints,
                schema,
                plan,
                temp=self.temp,
                seed=seed,
                device=device,
                batch_rows=max(batch_rows, LEAST_ROWS),
                advance=bar.update,
                original=original_rows(plan, blueprints),
            )
            for name in blueprints:
                bar.set_postfix_str(name)
                run.make(name)
            for name in blueprints:
                run.close_cycles(name)
        return finished(run.tables, schema)


def original_rows(plan: SamplePlan, blueprints: Mapping[str, TableBlueprint]) -> Rows:
    """The original data's rows, if any of them are used."""
    given = plan.mode is SynthMode.ORIGINAL_FKS or any(plan.kept(name) for name in blueprints)
    return encode_rows(plan.original, blueprints) if plan.original is not None and given else {}


def finished(tables: Mapping[str, Table], schema: Schema) -> RelationalData:
    """The data of complete tables, kept rows in their original order."""
    frames = {
        name: table.frame.iloc[np.argsort(table.block.source, kind="stable")]
        for name, table in tables.items()
        if table.frame is not None
    }
    return RelationalData(frames, schema, allow_empty=True)


class Given(ABC):
    """A finished structure: all keys, and what rows know by it.

    Args:
        tables: The structure of every table.
    """

    tables: Mapping[str, Table]

    @abstractmethod
    def own(self, name: str, rows: Tensor) -> Tensor:
        """What the structure adds to the vectors of rows. Shapes: (n,) -> (n, width)."""

    @abstractmethod
    def further(self, name: str, tables: Mapping[str, Table]) -> Tensor:
        """What the rows of a table know before they are drawn, beside their families.

        Args:
            name: The table.
            tables: Those that are complete, and this one.

        Shapes:
            returns: (rows, width)
        """


@final
class Sampling:
    """Tables being drawn, one after the other; arguments as of ``Sampler.sample``.

    Args:
        temp: Temperature of the choice of parents.
        advance: Called with the number of rows whenever some are drawn.
        original: The original data's rows, where some of them are used.
        given: The structure of the tables, where it is finished and the other columns are drawn.
    """

    def __init__(  # noqa: PLR0913 - most of them by keyword
        self,
        encoder: MultiLevelEncoder,
        decoder: MultiLevelDecoder,
        blueprints: Mapping[str, TableBlueprint],
        schema: Schema,
        plan: SamplePlan,
        *,
        temp: float,
        seed: int,
        device: torch.device,
        batch_rows: int,
        advance: Callable[[int], object],
        original: Rows,
        given: "Given | None" = None,
    ) -> None:
        self.given = given
        self.encoder, self.decoder, self.blueprints, self.plan = encoder, decoder, blueprints, plan
        self.temp, self.device, self.advance = temp, device, advance
        self.schema, self.shared = schema, shared_columns(blueprints)
        self.seed, self.batch_rows = seed, batch_rows
        self.tables: dict[str, Table] = {}
        self.original = original

    def _roll(self, *what: str | int) -> Dice:
        return roll(self.seed, *what)

    def make(self, name: str) -> None:
        """Draw, or keep, the rows of a table whose parents are there."""
        blueprint = self.blueprints[name]
        if self.plan.kept(name):
            self._keep(blueprint)
            return
        width = self.decoder.table(name).orphan.shape[0]
        if self.given is not None:
            table = described_table(blueprint, self.given.tables[name], width)
        elif self.plan.mode is SynthMode.ORIGINAL_FKS:
            table = clamped_table(blueprint, self.original[name], width)
        else:
            table = empty_table(blueprint, self._family_parents(blueprint), width)
        self._place(blueprint, table)
        if len(table):
            self._contexts(blueprint)
        self._draw_all(blueprint)
        self._finish(blueprint)

    def _place(self, blueprint: TableBlueprint, table: Table) -> None:
        above = self.tables[blueprint.parent].shard if blueprint.parent else None
        table.shard = shards_of(table.parent, above)
        self.tables[blueprint.name] = table

    def _keep(self, blueprint: TableBlueprint) -> None:
        name, block = blueprint.name, self.original[blueprint.name]
        assert self.plan.original is not None
        frame = self.plan.original[name].iloc[block.source].reset_index(drop=True)
        table = clamped_table(blueprint, block, self.decoder.table(name).orphan.shape[0])
        table.block = replace(table.block, derived=block.derived)
        self._place(blueprint, table)
        table.numbers = {
            c.name: c.codec.to_numbers(frame[c.name]) for c in blueprint.columns if c.codec.continuous
        }
        table.frame = frame
        if len(table):
            self._contexts(blueprint)
            for piece in _pieces(len(table), self.batch_rows):
                self._vectors(blueprint, torch.arange(piece.start, piece.stop))
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
        rng = self._roll(child, "children", column).numpy
        drawn = plan.grid.decode(table.block.tokens[:, at].long().numpy(), rng)
        return fit_total(np.nan_to_num(drawn).round().astype(np.int64), total, plan.seen, rng)

    def _contexts(self, blueprint: TableBlueprint) -> None:
        self._family_contexts(blueprint)
        if self.given is not None:
            table = self.tables[blueprint.name]
            table.contexts = table.contexts + self.given.further(blueprint.name, self.tables)

    def _family_contexts(self, blueprint: TableBlueprint) -> None:
        table, net = self.tables[blueprint.name], self.decoder.table(blueprint.name)
        index = torch.from_numpy(table.parent)
        if blueprint.parent is None:
            table.contexts = net.orphan.expand(len(table), -1)
            return
        above = self.tables[blueprint.parent]
        parts = []
        for piece in _pieces(len(above), self.batch_rows):
            size = piece.stop - piece.start
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

    def _choosers(self, blueprint: TableBlueprint) -> dict[str, Chooser]:
        """Per further key how its parents are chosen; none where keys are given."""
        table, net = self.tables[blueprint.name], self.decoder.table(blueprint.name)
        if table.clamped:
            return {}
        return {
            key.column: self._chooser(
                blueprint, key, net.linker(index), round(len(table) * (1 - key.null_share))
            )
            for index, key in enumerate(blueprint.drawn_keys)
        }

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
            self._roll(blueprint.name, "key", key.column).torch,
            unique=last[-1:] == [key.column],
            strict=_is_strict(key),
        )

    def _draw_all(self, blueprint: TableBlueprint) -> None:
        """Draw the rows of every shard, each with its share of the parents' budgets."""
        name, table = blueprint.name, self.tables[blueprint.name]
        net = self.decoder.table(name)
        table.vectors = torch.zeros(len(table), net.orphan.shape[0], device=self.device)
        # Pairs of keys that may not repeat anywhere are drawn one after the other: all rows are one shard.
        apart = not blueprint.unique_keys or blueprint.family in blueprint.unique_keys
        shards = rows_of_shards(table.shard if apart else np.zeros_like(table.shard))
        choosers = self._choosers(blueprint)
        dealt = {
            column: deal(
                chooser.budget, [len(rows) for rows in shards], self._roll(name, "deal", column).numpy
            )
            for column, chooser in choosers.items()
        }
        for number, rows in enumerate(shards):
            dice = self._roll(name, "rows", number)
            mine = {
                column: chooser.with_share(dealt[column][number], dice.torch)
                for column, chooser in choosers.items()
            }
            drawer = RowDrawer(net, self.blueprints, self.tables, mine, *dice)
            self._draw_shard(blueprint, drawer, torch.from_numpy(rows))

    def _draw_shard(self, blueprint: TableBlueprint, drawer: RowDrawer, rows: Tensor) -> None:
        table = self.tables[blueprint.name]
        if self.decoder.table(blueprint.name).history is None:
            for piece in torch.split(rows, _ROWS) if len(rows) else ():
                drawer.draw(piece, table.contexts[piece.to(self.device)])
                self._vectors(blueprint, piece)
                self.advance(len(piece))
            return
        firsts = rows[table.block.position[rows] == 0]
        for some in torch.split(firsts, SHARD) if len(firsts) else ():
            sizes = table.block.siblings[some]
            order = torch.argsort(sizes, descending=True, stable=True)
            self._draw_families(blueprint, drawer, some[order], sizes[order])
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
        own = self.encoder.own(blueprint.name, block, rows)
        if self.given is not None:
            own = own + self.given.own(blueprint.name, rows)
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
        table, net = self.tables[blueprint.name], self.decoder.table(blueprint.name)
        parts = [
            net.latent_prior(table.vectors[piece], table.contexts[piece])
            for piece in _pieces(len(table), self.batch_rows)
        ]
        priors = [part for part in parts if part is not None]
        table.latents = torch.zeros(len(table), 0, device=self.device)
        if not priors:
            return
        prior = Gaussian(torch.cat([p.mean for p in priors]), torch.cat([p.log_var for p in priors]))
        noise = torch.zeros_like(prior.mean)
        for number, rows in enumerate(rows_of_shards(table.shard)):
            generator = self._roll(blueprint.name, "latents", number).torch
            drawn = standard_noise((len(rows), noise.shape[1]), generator, self.device)
            noise[torch.from_numpy(rows).to(self.device)] = drawn
        table.latents = prior.sample(noise)

    def _finish(self, blueprint: TableBlueprint) -> None:
        name, rng = blueprint.name, self._roll(blueprint.name, "values").numpy
        if self.given is not None:
            table, frame = self.tables[name], self.given.tables[name].frame
            assert frame is not None
            table.frame = frame.assign(**make_columns(blueprint, self.tables, rng))
            hold_totals(blueprint, self.blueprints, self.tables, self.plan.kept, rng)
            if len(table):
                self._latents(blueprint)
            return
        frame = make_frame(blueprint, self.tables, self.schema, rng)
        if len(blueprint.unique) > 1:
            content = [c.name for c in blueprint.columns if c.name in blueprint.unique]
            frame = spread_repeats(frame, blueprint.unique, content, rng, blueprint.columns)
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
        hold_totals(blueprint, self.blueprints, self.tables, self.plan.kept, rng)
        for column in self.shared.get(name, ()):
            table.block.codes[column] = torch.from_numpy(value_codes(frame[column]))

    # ------------------------------------------------------------------ cycles

    def close_cycles(self, name: str) -> None:
        """Choose the parents of the late keys of a table; all tables are there."""
        blueprint, table = self.blueprints[name], self.tables[name]
        if self.plan.kept(name) or self.given is not None or not blueprint.late:
            return
        for index, key in enumerate(blueprint.drawn_late if not table.clamped else ()):
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


def _pieces(rows: int, at_most: int) -> Iterator[slice]:
    """Even pieces of about that many rows, one at least."""
    ends = np.linspace(0, rows, max(1, -(-rows // at_most)) + 1).astype(int)
    return (slice(int(start), int(stop)) for start, stop in pairwise(ends))


def _is_strict(key: KeyPlan) -> bool:
    """Whether a row must rather go without this key than have a parent that does not agree with it."""
    return any(match.on for match in key.matches)
