"""Rows to vectors, and up the families to latents."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor, nn

from synth_models.data.schema import Schema
from synth_models.graph.batch import Batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.rows import Rows, TableRows
from synth_models.nn.aggregators import MULTILEVEL_AGGREGATORS
from synth_models.nn.blocks import mlp
from synth_models.nn.history import WAVES, place_waves
from synth_models.nn.identities import Identities, draw_hidden
from synth_models.nn.latent import Gaussian, GaussianNet
from synth_models.nn.settings import NetSettings, dropout
from synth_models.nn.tokens import TokenEmbedding


class Encoder(nn.Module, ABC):
    """The networks that read rows; built once the data are known."""

    schema: Schema
    """Of the rows."""
    settings: NetSettings
    """Sizes of the networks that ``build`` makes."""

    @abstractmethod
    def build(self, blueprints: Mapping[str, TableBlueprint]) -> None:
        """Make the networks, with fresh weights."""


@final
class TableEncoder(nn.Module):
    """The encoder of one table.

    Args:
        blueprint: The table's tokens and keys.
        settings: Sizes.
        places: Whether the place of a row among its siblings is part of its vector.
    """

    def __init__(self, blueprint: TableBlueprint, settings: NetSettings, *, places: bool) -> None:
        super().__init__()
        self.blueprint, width = blueprint, settings.width
        tokens = blueprint.tokens
        self.embed = TokenEmbedding(
            [t.size for t in tokens], [t.ranks for t in tokens], blueprint.derived_tokens, _TOKEN_WIDTH
        )
        self.encode = mlp(
            _TOKEN_WIDTH * len(tokens) + 1, settings.hidden_units, width, dropout=dropout(blueprint.rows)
        )
        self.identities = Identities(len(blueprint.known), width) if len(blueprint.known) else None
        self.place = nn.Linear(WAVES, width) if places and blueprint.family else None
        self.fks = blueprint.key_parents
        self.merge = mlp(width + len(self.fks) * (width + 1), (width,), width) if self.fks else None
        self.aggregate = nn.ModuleList()
        self.up = self.posterior = None
        if blueprint.family_children:
            make = MULTILEVEL_AGGREGATORS.get(settings.aggregator)
            self.aggregate = nn.ModuleList([make(width) for _ in blueprint.family_children])
            self.up = mlp(width + len(blueprint.family_children) * (width + 1), (width,), width)
            self.posterior = GaussianNet(2 * width, width, settings.latent(blueprint.name))


@final
class MultiLevelEncoder(Encoder):
    """Rows by their tokens and their keys' parents; latents from the children, level by level upwards.

    Args:
        schema: Of the rows.
        settings: Sizes.
    """

    def __init__(self, schema: Schema, settings: NetSettings) -> None:
        super().__init__()
        self.schema, self.settings = schema, settings
        self._names: list[str] = []
        self._tables = nn.ModuleList()

    def build(self, blueprints: Mapping[str, TableBlueprint]) -> None:
        """See ``Encoder``."""
        self._names = list(blueprints)
        chosen = _chosen_within_families(blueprints)
        self._tables = nn.ModuleList(
            [TableEncoder(b, self.settings, places=name in chosen) for name, b in blueprints.items()]
        )

    def table(self, name: str) -> TableEncoder:
        """The networks of one table."""
        net = self._tables[self._names.index(name)]
        assert isinstance(net, TableEncoder)
        return net

    def own(self, table: str, block: TableRows, rows: Tensor) -> Tensor:
        """Rows by their own tokens, and by their place among their siblings. Shapes: (n,) -> (n, width)."""
        net = self.table(table)
        there = net.embed.free.device
        tokens, derived = block.tokens[rows].to(there).long(), block.derived[rows].to(there).long()
        vectors = net.embed(tokens, derived).flatten(1)
        own = net.encode(torch.cat([vectors, vectors.new_ones(len(tokens), 1)], 1))
        if net.place is None:
            return own
        return own + net.place(place_waves(block.position[rows].to(there)))

    def pointed(
        self, table: str, vectors: Tensor, block: TableRows, rows: Tensor | slice, hidden: float = 0.0
    ) -> Tensor:
        """Rows as those see them that point at them by a further key: some are known one by one.

        Args:
            table: Whose rows.
            vectors: Those of the rows.
            block, rows: Where they are.
            hidden: The share of the known ones that are not recognised.

        Shapes:
            vectors: (n, width), of rows (n,) of the block
            returns: (n, width)
        """
        net = self.table(table)
        if net.identities is None or not len(block.identity):
            return vectors
        return vectors + net.identities(block.identity[rows].to(vectors.device), hidden)

    def merge(self, table: str, own: Tensor, parents: Mapping[str, tuple[Tensor, Tensor]]) -> Tensor:
        """Rows by their own tokens and by the rows their keys point at.

        Args:
            table: Whose rows.
            own: From ``own``.
            parents: Per foreign key the vectors of the parent's table, and each row's index (-1: none).
        """
        net = self.table(table)
        if net.merge is None:
            return own
        parts = [own]
        for column in net.fks:
            vectors, index = parents[column]
            there = (index >= 0)[:, None]
            found = vectors[index.clamp(min=0)] if len(vectors) else torch.zeros_like(own)
            parts += [torch.where(there, found, 0.0), there.float()]
        return own + net.merge(torch.cat(parts, 1))

    def vectors(
        self, batch: Batch, rows: Rows, beside: Mapping[str, Tensor] | None = None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The vector of every row of a batch, and as rows see it that point at it; see ``pointed``.

        ``beside`` is added to what their tokens make of them.

        Shapes:
            per table (rows, width), twice
        """
        hidden = draw_hidden() if self.training else 1.0  # measured as new rows are made
        found: dict[str, Tensor] = {}
        pointed: dict[str, Tensor] = {}
        for name, mine in batch.rows.items():
            own = self.own(name, rows[name], mine)
            if beside is not None:
                own = own + beside[name]
            net = self.table(name)
            parents = {
                column: (
                    (found if column == net.blueprint.family else pointed).get(parent, own[:0]),
                    batch.links[name, column],
                )
                for column, parent in net.fks.items()
            }
            found[name] = self.merge(name, own, parents)
            pointed[name] = self.pointed(name, found[name], rows[name], mine, hidden)
        return found, pointed

    def summaries(self, batch: Batch, vectors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Rows with everything below them in their families. Shapes: per table (rows of the tree, width)."""
        found: dict[str, Tensor] = {}
        for name in reversed(self._names):
            if name not in batch.tree:
                continue
            net, mine = self.table(name), vectors[name][batch.tree[name]]
            found[name] = mine
            if net.up is None:
                continue
            parts = [mine]
            for child, aggregate in zip(net.blueprint.family_children, net.aggregate, strict=True):
                if child not in batch.tree:
                    parts.append(mine.new_zeros(len(mine), mine.shape[1] + 1))
                    continue
                index = batch.tree_parent[child]
                there = index >= 0
                below = found[child] if aggregate.deep else vectors[child][batch.tree[child]]
                count = torch.bincount(index[there], minlength=len(mine))
                parts += [aggregate(below[there], index[there], len(mine)), count.float().log1p()[:, None]]
            found[name] = mine + net.up(torch.cat(parts, 1))
        return found

    def posterior(self, table: str, summaries: Tensor, contexts: Tensor) -> Gaussian | None:
        """The latents of rows given what is below them; None for a table without latents."""
        net = self.table(table).posterior
        return None if net is None else net(torch.cat([summaries, contexts], 1))


def _chosen_within_families(blueprints: Mapping[str, TableBlueprint]) -> set[str]:
    """The tables of which rows choose a parent among siblings: neighbours may be likely (bonds in a ring)."""
    return {
        key.parent
        for blueprint in blueprints.values()
        for key in (*blueprint.keys, *blueprint.late)
        for match in key.matches
        if match.exact and match.candidate[:1] == (blueprints[key.parent].family,)
    }


_TOKEN_WIDTH = 8
