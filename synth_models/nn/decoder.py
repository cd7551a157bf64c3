"""Vectors and latents to rows: counts, keys and columns, one step after the other."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import final

import torch
from torch import Tensor, nn

from synth_models.graph.batch import SMALL_TABLE, Batch
from synth_models.graph.blueprint import LEVEL, KeyPlan, KeyStep, TableBlueprint, TokenStep
from synth_models.graph.levels import MAX_LEVELS
from synth_models.graph.rows import Rows, TableRows, end_of
from synth_models.nn import history_attention, history_gru  # noqa: F401 - they register themselves
from synth_models.nn.blocks import mlp
from synth_models.nn.head import Head
from synth_models.nn.history import HISTORIES, History
from synth_models.nn.latent import Gaussian, GaussianNet
from synth_models.nn.linker import Linker
from synth_models.nn.settings import NetSettings, dropout
from synth_models.nn.tokens import TokenEmbedding
from synth_models.nn.urn import Past, Urn, past_of

_WORST = 30.0
"""Nats a single token can cost at most."""
_OWED = (0.25, 1.0, 4.0, 16.0)
"""Scales on which what is missing of a sum is told."""
_MAX_HEAD = 4_000_000
"""Weights from steps to steps in a head; wider tables get narrower steps."""


class Decoder(nn.Module, ABC):
    """The networks that say how probable rows are; built once the data are known."""

    settings: NetSettings
    """Sizes of the networks that ``build`` makes."""

    @abstractmethod
    def build(self, blueprints: Mapping[str, TableBlueprint]) -> None:
        """Make the networks, with fresh weights."""

    @abstractmethod
    def start_from(self, rows: Rows) -> None:
        """Begin with the marginal frequencies of these rows' tokens, so that only dependences are left
        to learn.
        """

    @abstractmethod
    def table(self, name: str) -> nn.Module:
        """The networks that draw the rows of one table: what is put back to its best, and frozen."""


@final
class TableDecoder(nn.Module):
    """The decoder of one table.

    Args:
        blueprint: The table's steps and keys.
        settings: Sizes.
        parent_latent: Latent dimension of the family parent, 0 without one.
    """

    def __init__(self, blueprint: TableBlueprint, settings: NetSettings, parent_latent: int) -> None:
        super().__init__()
        self.blueprint, width = blueprint, settings.width
        tokens, steps = blueprint.tokens, blueprint.steps
        self.context = mlp(2 * width + parent_latent, (width,), width) if blueprint.family else None
        self.orphan = nn.Parameter(torch.zeros(width))
        self.history: History | None = None
        if blueprint.family:
            self.history = HISTORIES.get(settings.history)(width, width, dropout(blueprint.rows))
        self.owed = None
        if blueprint.sums:
            self.owed = mlp(2 * len(_OWED) * len(blueprint.sums), (width,), 2 * width)
        self.prior = None
        if blueprint.family_children:
            self.prior = GaussianNet(2 * width, width, settings.latent(blueprint.name))
        token_width, key_width, hidden = _step_sizes(len(steps), settings.hidden_units)
        self.embed = TokenEmbedding(
            [t.size for t in tokens], [t.ranks for t in tokens], blueprint.derived_tokens, token_width
        )
        self.pass_on = nn.ModuleList([nn.Linear(width, key_width) for _ in blueprint.drawn_keys])
        self.linkers = nn.ModuleList(
            [_linker(hidden[-1], width, key, settings) for key in blueprint.drawn_keys]
        )
        self.late_linkers = nn.ModuleList(
            [_linker(2 * width, width, key, settings) for key in blueprint.drawn_late]
        )
        self.head = None
        if steps:
            self.head = Head(
                [token_width if isinstance(s, TokenStep) else key_width for s in steps],
                [s.size if isinstance(s, TokenStep) else 0 for s in steps],
                [s.ranks if isinstance(s, TokenStep) else None for s in steps],
                width * (2 if blueprint.family else 1),
                hidden,
                dropout(blueprint.rows),
            )
        self.urn = None
        if blueprint.family and tokens:
            self.urn = Urn(
                [t.size for t in tokens], [t.ranks for t in tokens], blueprint.sibling_groups, hidden[-1]
            )
        for index, token in enumerate(tokens):
            allowed = None if token.allowed.all() else torch.from_numpy(token.allowed.copy())
            self.register_buffer(f"allowed_{index}", allowed, persistent=False)

    def inherit(self, vectors: Tensor, latents: Tensor, contexts: Tensor, index: Tensor) -> Tensor:
        """The context of rows from their family parents', a learned one for rows without.

        Shapes:
            vectors, latents, contexts: (parents, ...)
            index: (rows,), -1 for none
            returns: (rows, width)
        """
        alone = self.orphan.expand(len(index), -1)
        if self.context is None or not len(vectors):
            return alone
        made = self.context(torch.cat([vectors, latents, contexts], 1))
        return torch.where((index >= 0)[:, None], made[index.clamp(min=0)], alone)

    def told(self, contexts: Tensor, owed: Tensor) -> Tensor:
        """The contexts of rows that know what is missing of the sums of their families.

        Shapes:
            contexts: (rows, context)
            owed: (rows, sums, 2)
            returns: (rows, context)
        """
        if self.owed is None:
            return contexts
        missing, share = owed.to(contexts.device).unbind(2)
        near = torch.cat([torch.tanh(missing * scale) for scale in _OWED], 1)
        return contexts + self.owed(torch.cat([near, near * share.repeat(1, len(_OWED))], 1))

    def before_rows(self, contexts: Tensor, vectors: Tensor, block: TableRows, here: Tensor) -> Tensor:
        """What is known before each of these rows is drawn, whole families in order.

        Shapes:
            contexts, vectors: (rows, ...)
            here: (rows,), where they are in the block
            returns: (rows, context of the head)
        """
        if self.history is not None:
            past = self.history(vectors, block.position[here], block.siblings[here])
            contexts = torch.cat([contexts, past], 1)
        return contexts if self.owed is None else self.told(contexts, block.owed[here])

    def logits(self, hidden: Tensor, step: int, token: int, mine: Tensor, past: Past | None) -> Tensor:
        """The scores of the values of a token, from the row's state and its earlier siblings.

        Shapes:
            hidden: (rows, hidden)
            mine: (rows, tokens), those before this one are looked at
            returns: (rows, size)
        """
        assert self.head is not None
        logits = self.head.logits(hidden, step)
        return logits if self.urn is None or past is None else self.urn(logits, hidden, token, mine, past)

    def latent_prior(self, vectors: Tensor, contexts: Tensor) -> Gaussian | None:
        """The latents of rows given their attributes; None for a table without latents."""
        return None if self.prior is None else self.prior(torch.cat([vectors, contexts], 1))

    def mask(self, logits: Tensor, index: int, before: Tensor | None) -> Tensor:
        """Rule out the values of token ``index`` that cannot follow the token before.

        Shapes:
            logits: (rows, size)
            before: (rows,), the token before of the same column; None for a column's first
        """
        allowed = getattr(self, f"allowed_{index}")
        if allowed is None:
            return logits
        return logits.masked_fill(~(allowed[:1] if before is None else allowed[before]), -1e9)

    def linker(self, index: int) -> Linker:
        """The scores of the index-th further key."""
        linker = self.linkers[index]
        assert isinstance(linker, Linker)
        return linker

    def late_linker(self, index: int) -> Linker:
        """The scores of the index-th late key; its queries are rows' vectors and contexts side by side."""
        linker = self.late_linkers[index]
        assert isinstance(linker, Linker)
        return linker

    def key_vector(self, index: int, vectors: Tensor, link: Tensor) -> Tensor:
        """What a key step passes on: the chosen parent's vector, zeros for none.

        Shapes:
            (rows,) -> (rows, width).
        """
        project = self.pass_on[index]
        if not len(vectors):
            return vectors.new_zeros(len(link), next(project.parameters()).shape[0])
        return torch.where((link >= 0)[:, None], project(vectors)[link.clamp(min=0)], 0.0)


def _linker(child: int, parent: int, key: KeyPlan, settings: NetSettings) -> Linker:
    odds, exact = [m.log_odds for m in key.matches], [m.exact for m in key.matches]
    if key.levels:
        odds, exact = [*odds, 0.0], [*exact, True]
    return Linker(child, parent, settings.hidden_units_fks, settings.d_link, odds, exact)


def _step_sizes(steps: int, hidden: tuple[int, ...]) -> tuple[int, int, tuple[int, ...]]:
    """Width of a token's and of a key's vector, and hidden units, such that the head stays of
    bounded size.
    """
    shrink = min(1.0, (_MAX_HEAD / (max(1, steps) ** 2 * 16 * hidden[0])) ** 0.5)
    return max(4, int(16 * shrink)), max(8, int(32 * shrink)), tuple(max(8, int(h * shrink)) for h in hidden)


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
        self, table: str, batch: Batch, rows: Rows, vectors: Mapping[str, Tensor], contexts: Tensor
    ) -> Tensor:
        """Negative log likelihood of the rows of a batch's tree, in nats, summed. Shapes: ()."""
        net, block, tree = self.table(table), rows[table], batch.tree[table]
        here = batch.rows[table][tree]
        total = contexts.new_zeros(())
        for index, key in enumerate(net.blueprint.drawn_late):
            states = torch.cat([vectors[table][tree], contexts], 1)
            total = total + self._key_nll(table, key, net.late_linker(index), states, batch, rows, vectors)
        if net.head is None:
            return total
        contexts = net.before_rows(contexts, vectors[table][tree], block, here)
        tokens, learn = block.tokens[here].long(), block.learn[here]
        inputs = self._inputs(net, tokens, block.derived[here].long(), batch, vectors)
        hidden = net.head(torch.cat(inputs, 1), contexts)
        past = past_of(block.tokens, here, block.position[here], block.siblings[here]) if net.urn else None
        drawn = learn.any(0).tolist()  # the others are computed, copied or given
        token = key = 0
        for step, what in enumerate(net.blueprint.steps):
            if isinstance(what, KeyStep):
                linker = net.linker(key)
                total = total + self._key_nll(table, what.key, linker, hidden[step], batch, rows, vectors)
                key += 1
                continue
            if drawn[token]:
                logits = net.logits(hidden[step], step, token, tokens, past)
                logits = net.mask(logits, token, tokens[:, token - 1] if what.part else None)
                each = nn.functional.cross_entropy(logits.float(), tokens[:, token], reduction="none")
                # a value that the training data never had is impossible; it must not drown all others
                total = total + (each.clamp(max=_WORST) * learn[:, token]).sum()
            token += 1
        return total

    def _inputs(
        self, net: TableDecoder, tokens: Tensor, derived: Tensor, batch: Batch, vectors: Mapping[str, Tensor]
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
            inputs.append(net.key_vector(key, vectors.get(what.key.parent, vectors[name][:0]), link))
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
        vectors: Mapping[str, Tensor],
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
            linker.keys(vectors[key.parent][among]),
            agreements_of_children(self._blueprints, rows, table, key, here[chosen]),
            agreements_of_parents(self._blueprints, rows, key, candidates),
        )
        target = torch.searchsorted(candidates, positives)
        return nn.functional.cross_entropy(scores.float() + weights.float().log(), target, reduction="sum")


def agreements_of_children(
    blueprints: Mapping[str, TableBlueprint], rows: Rows, table: str, key: KeyPlan, children: Tensor
) -> list[Tensor]:
    """For every way a key can agree: what is reached from each child, -1 for nothing. Shapes: (children,)."""
    found = [
        _reached(blueprints, rows, table, match.known, match.on[0] if match.on else None, children)
        for match in key.matches
    ]
    if key.levels:
        level = _levels(blueprints[table], rows, key)[children]
        found.append(torch.where(level < MAX_LEVELS - 1, level - 1, -1))
    return found


def agreements_of_parents(
    blueprints: Mapping[str, TableBlueprint], rows: Rows, key: KeyPlan, parents: Tensor
) -> list[Tensor]:
    """The same from each candidate parent. Shapes: (parents,)."""
    found = [
        _reached(blueprints, rows, key.parent, match.candidate, match.on[1] if match.on else None, parents)
        for match in key.matches
    ]
    return [*found, _levels(blueprints[key.parent], rows, key)[parents]] if key.levels else found


def _levels(blueprint: TableBlueprint, rows: Rows, key: KeyPlan) -> Tensor:
    (at,) = blueprint.token_at(LEVEL, key.column)
    return rows[blueprint.name].tokens[:, at].long()


def _reached(
    blueprints: Mapping[str, TableBlueprint],
    rows: Rows,
    table: str,
    path: Sequence[str],
    column: str | None,
    start: Tensor,
) -> Tensor:
    at = climb(blueprints, rows, table, path, start)
    if column is None:
        return at
    codes = rows[end_of(blueprints, table, path)].codes[column]
    return torch.where(at >= 0, codes[at.clamp(min=0)], -1) if len(codes) else torch.full_like(at, -1)


def climb(
    blueprints: Mapping[str, TableBlueprint], rows: Rows, table: str, path: Sequence[str], start: Tensor
) -> Tensor:
    """The rows reached over foreign keys, -1 where one is missing. Shapes: (rows,) -> (rows,)."""
    at = start
    for column in path:
        link = rows[table].links[column]
        at = torch.where(at >= 0, link[at.clamp(min=0)], -1) if len(link) else torch.full_like(at, -1)
        table = blueprints[table].key_parents[column]
    return at
