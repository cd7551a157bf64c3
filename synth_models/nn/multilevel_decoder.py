"""Vectors and latents to rows, table by table: how probable they are."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor, nn

from synth_models.graph.agreements import agreements_of_children, agreements_of_parents
from synth_models.graph.batch import SMALL_TABLE, Batch
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.rows import Rows
from synth_models.graph.steps import KeyStep, TokenStep
from synth_models.nn.decoder import Decoder
from synth_models.nn.linker import Linker
from synth_models.nn.past import past_of
from synth_models.nn.settings import NetSettings
from synth_models.nn.table_decoder import TableDecoder

_WORST = 30.0
"""Nats a single token can cost at most."""


@final
class MultiLevelDecoder(Decoder):
    """Autoregressive heads from the roots to the leaves.

    Args:
        settings: Sizes.
    """

    def __init__(self, settings: NetSettings) -> None:
        super().__init__()
        self.settings = settings
        self._blueprints: dict[str, TableBlueprint] = {}
        self._tables = nn.ModuleList()

    def build(self, blueprints: Mapping[str, TableBlueprint]) -> None:
        """See ``Decoder``."""
        self._blueprints = dict(blueprints)
        self._tables = nn.ModuleList(
            [
                TableDecoder(b, self.settings, self.settings.latent(b.parent) if b.parent else 0)
                for b in blueprints.values()
            ]
        )

    def start_from(self, rows: Rows) -> None:
        """See ``Decoder``."""
        for name, blueprint in self._blueprints.items():
            net, block, token = self.table(name), rows[name], 0
            head = net.head
            for step, what in enumerate(blueprint.steps):
                if head is not None and isinstance(what, TokenStep):
                    drawn = block.tokens[block.learn[:, token], token].long()
                    counts = torch.bincount(drawn, minlength=what.size)
                    head.start_from(step, counts)
                    if net.urn is not None:
                        net.urn.start_from(token, counts)
                    token += 1

    def table(self, name: str) -> TableDecoder:
        """The networks that draw the rows of one table."""
        net = self._tables[list(self._blueprints).index(name)]
        assert isinstance(net, TableDecoder)
        return net

    def nll(
        self,
        table: str,
        batch: Batch,
        rows: Rows,
        vectors: Mapping[str, Tensor],
        pointed: Mapping[str, Tensor],
        contexts: Tensor,
    ) -> Tensor:
        """Negative log likelihood of the rows of a batch's tree, in nats, summed.

        Args:
            table: Whose rows.
            batch, rows: As in ``table_losses``.
            vectors, pointed: Of all rows of the batch; see ``MultiLevelEncoder.vectors``.
            contexts: Of the rows of the tree.

        Shapes:
            returns: ()
        """
        net, block, tree = self.table(table), rows[table], batch.tree[table]
        here = batch.rows[table][tree]
        total = contexts.new_zeros(())
        for index, key in enumerate(net.blueprint.drawn_late):
            states = torch.cat([vectors[table][tree], contexts], 1)
            total = total + self._key_nll(table, key, net.late_linker(index), states, batch, rows, pointed)
        if net.head is None:
            return total
        contexts = net.before_rows(contexts, vectors[table][tree], block, here)
        tokens, learn = block.tokens[here].long(), block.learn[here]
        owed = block.owed[here] if net.owed else block.owed
        inputs = self._inputs(net, tokens, block.derived[here].long(), batch, pointed)
        hidden = net.head(torch.cat(inputs, 1), contexts)
        past = past_of(block.tokens, here, block.position[here], net.window) if net.window else None
        drawn = learn.any(0).tolist()  # the others are computed, copied or given
        token = key = 0
        for step, what in enumerate(net.blueprint.steps):
            if isinstance(what, KeyStep):
                linker = net.linker(key)
                total = total + self._key_nll(table, what.key, linker, hidden[step], batch, rows, pointed)
                key += 1
                continue
            if drawn[token]:
                logits = net.logits(hidden[step], step, token, tokens, past)
                logits = net.mask(logits, token, tokens[:, token - 1] if what.part else None, owed)
                each = nn.functional.cross_entropy(logits.float(), tokens[:, token], reduction="none")
                # a value that the training data never had is impossible; it must not drown all others
                total = total + (each.clamp(max=_WORST) * learn[:, token]).sum()
            token += 1
        return total

    def _inputs(
        self, net: TableDecoder, tokens: Tensor, derived: Tensor, batch: Batch, pointed: Mapping[str, Tensor]
    ) -> list[Tensor]:
        """What every step passes on to later ones. Shapes: per step (rows, width)."""
        name = net.blueprint.name
        embedded, inputs, token, key = net.embed(tokens, derived), [], 0, 0
        for what in net.blueprint.steps:
            if isinstance(what, TokenStep):
                inputs.append(embedded[:, token])
                token += 1
                continue
            link = batch.links[name, what.key.column][batch.tree[name]]
            inputs.append(net.key_vector(key, pointed.get(what.key.parent, pointed[name][:0]), link))
            key += 1
        return inputs

    def _key_nll(
        self,
        table: str,
        key: KeyPlan,
        linker: Linker,
        states: Tensor,
        batch: Batch,
        rows: Rows,
        pointed: Mapping[str, Tensor],
    ) -> Tensor:
        """Cross-entropy of the parent among candidates weighted by how often they are parents.

        The candidates are drawn in proportion to their degree (sampled softmax, Bengio & Senecal 2008): what
        is learned is how much more often a pair occurs than the degrees alone would have it.
        """
        block, here = rows[table], batch.rows[table][batch.tree[table]]
        chosen = torch.nonzero(block.key_learn[key.column][here])[:, 0]
        if not len(chosen):
            return states.new_zeros(())
        links = block.links[key.column]
        positives = links[here[chosen]]
        if len(rows[key.parent]) <= SMALL_TABLE:
            candidates, weights = torch.unique(links[links >= 0], return_counts=True)
        else:
            candidates, weights = torch.unique(positives, return_counts=True)
        among = torch.searchsorted(batch.rows[key.parent], candidates)
        scores = linker.scores(
            linker.queries(states[chosen]),
            linker.keys(pointed[key.parent][among]),
            agreements_of_children(self._blueprints, rows, table, key, here[chosen]),
            agreements_of_parents(self._blueprints, rows, key, candidates),
        )
        target = torch.searchsorted(candidates, positives)
        return nn.functional.cross_entropy(scores.float() + weights.float().log(), target, reduction="sum")
