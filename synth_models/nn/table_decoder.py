"""The networks that draw the rows of one table: counts, keys and columns, one step after the other."""

from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.rows import TableRows
from synth_models.graph.steps import COLUMN, TokenStep
from synth_models.nn import history_attention, history_gru  # noqa: F401 - they register themselves
from synth_models.nn.blocks import mlp
from synth_models.nn.head import Head
from synth_models.nn.history import HISTORIES, History
from synth_models.nn.latent import Gaussian, GaussianNet
from synth_models.nn.linker import Linker
from synth_models.nn.nearness import Nearness
from synth_models.nn.past import WINDOW, Past
from synth_models.nn.settings import NetSettings, dropout
from synth_models.nn.tokens import TokenEmbedding
from synth_models.nn.urn import Urn

_OWED = (0.25, 1.0, 4.0, 16.0)
"""Scales on which what is missing of a sum is told."""
_STRANGE = 1e4
"""Nats against a value that no row of the family has."""
_MAX_HEAD = 4_000_000
"""Weights from steps to steps in a head; wider tables get narrower steps."""


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
        if blueprint.steers:
            self.owed = mlp(3 * len(_OWED) * blueprint.steers, (width,), 2 * width)
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
        if any(blueprint.sibling_groups):
            self.urn = Urn([t.size for t in tokens], blueprint.sibling_groups, hidden[-1])
        self.nearness = None
        if any(blueprint.near_groups):
            self.nearness = Nearness(
                [t.ranks for t in tokens],
                [t.part for t in tokens],
                blueprint.near_groups,
                blueprint.floors,
                hidden[-1],
            )
        self.window = _window(blueprint)
        """How many earlier siblings a row looks back at."""
        self._shares = _shares(blueprint)
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
        """The contexts of rows that know what is left of what their families keep to.

        Shapes:
            contexts: (rows, context)
            owed: (rows, steers, 3)
            returns: (rows, context)
        """
        if self.owed is None:
            return contexts
        missing, share, whole = owed.to(contexts.device).nan_to_num().unbind(2)
        near, usual = (
            torch.cat([torch.tanh(numbers * scale) for scale in _OWED], 1) for numbers in (missing, whole)
        )
        return contexts + self.owed(torch.cat([near, near * share.repeat(1, len(_OWED)), usual], 1))

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

    def logits(self, hidden: Tensor, step: int, token: int, mine: Tensor | None, past: Past | None) -> Tensor:
        """The scores of the values of a token, from the row's state and its earlier siblings.

        Shapes:
            hidden: (rows, hidden)
            mine: (rows, tokens), those before this one are looked at
            returns: (rows, size)
        """
        assert self.head is not None
        logits = self.head.logits(hidden, step)
        if mine is not None and past is not None:
            for looks_back in (self.urn, self.nearness):
                logits = looks_back(logits, hidden, token, mine, past) if looks_back else logits
        return logits

    def latent_prior(self, vectors: Tensor, contexts: Tensor) -> Gaussian | None:
        """The latents of rows given their attributes; None for a table without latents."""
        return None if self.prior is None else self.prior(torch.cat([vectors, contexts], 1))

    def mask(self, logits: Tensor, index: int, before: Tensor | None, owed: Tensor) -> Tensor:
        """Rule out the values of token ``index`` that cannot follow the token before, or no sibling has.

        Shapes:
            logits: (rows, size)
            before: (rows,), the token before of the same column; None for a column's first
            owed: (rows, steers, 3)
        """
        for at, value, everyone in self._shares.get(index, ()):
            whole = owed[:, at, 2].to(logits.device)
            mine = torch.arange(logits.shape[1], device=logits.device) == value
            strange = ((whole == 0)[:, None] & mine) | ((whole >= everyone)[:, None] & ~mine)
            logits = logits - _STRANGE * strange
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
    steps = [(distance.edges, distance.log_odds) for distance in key.distances]
    return Linker(child, parent, settings.hidden_units_fks, settings.d_link, odds, exact, steps)


def _window(blueprint: TableBlueprint) -> int:
    """How many earlier siblings tell rows what to repeat, or what to be near to."""
    kinds = [conditions for groups in blueprint.near_groups for conditions in groups]
    if any(blueprint.sibling_groups) or any(kinds):
        return WINDOW
    return 1 if kinds else 0


def _shares(blueprint: TableBlueprint) -> dict[int, list[tuple[int, int, float]]]:
    """By token the shares that rows keep to: where they are told, of which value, and what all of one is."""
    found: dict[int, list[tuple[int, int, float]]] = {}
    for at, plan in enumerate(blueprint.steered, start=len(blueprint.sums)):
        places = blueprint.token_at(COLUMN, plan.column)
        if plan.token is not None and places:
            everyone = float(np.float32(1 / (plan.scale or 1.0))) * (1 - 1e-6)
            found.setdefault(places[0], []).append((at, plan.token, everyone))
    return found


def _step_sizes(steps: int, hidden: tuple[int, ...]) -> tuple[int, int, tuple[int, ...]]:
    """Width of a token's and of a key's vector, and hidden units, such that the head stays of
    bounded size.
    """
    shrink = min(1.0, (_MAX_HEAD / (max(1, steps) ** 2 * 16 * hidden[0])) ** 0.5)
    return max(4, int(16 * shrink)), max(8, int(32 * shrink)), tuple(max(8, int(h * shrink)) for h in hidden)
