"""Late keys: whose children rows are by the keys that close cycles. The rows of all tables are there."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from synth_models.graph.agreements import agreements_of_children, alike
from synth_models.graph.blueprint import TableBlueprint
from synth_models.graph.detect import NEVER
from synth_models.graph.key_plan import KeyPlan
from synth_models.graph.levels import without_gaps
from synth_models.graph.steps import LEVEL, NULL
from synth_models.nn.linker import Linker
from synth_models.sampling.exchange import exchanged, fit_of
from synth_models.sampling.fks import Chooser
from synth_models.sampling.parents import chooser_of, owners
from synth_models.sampling.sample import Sample


def choose_late(sample: Sample, blueprint: TableBlueprint, key: KeyPlan, linker: Linker) -> None:
    """Choose the parents of a late key; the rows of all tables are there."""
    table = sample.tables[blueprint.name]
    tokens = table.block.tokens
    wanted = torch.ones(len(table), dtype=torch.bool)
    if key.levels:
        (at,) = blueprint.token_at(LEVEL, key.column)
        group = _who_may(sample, blueprint, key)
        tokens[:, at] = torch.from_numpy(without_gaps(tokens[:, at].numpy(), group))
        wanted = tokens[:, at] > 0
    elif key.nullable:
        (at,) = blueprint.token_at(NULL, key.column)
        wanted = tokens[:, at] == 0
    rows = torch.nonzero(wanted)[:, 0]
    choice = _choice(sample, blueprint, key, linker, rows)
    links = choice.chooser.choose(choice.queries, choice.known, choice.taken)
    if key.distances:
        links = _fitted(choice, key, links)
        if key.levels or key.nullable:
            links[_ruled_out(choice, key, links)] = -1  # the first of all follow nobody
    table.block.links[key.column][rows] = links


def fit_late(sample: Sample, blueprint: TableBlueprint, key: KeyPlan, linker: Linker) -> None:
    """Let the parents of a late key be as far away as they should be, by numbers that came after them."""
    links = sample.tables[blueprint.name].block.links[key.column]
    rows = torch.nonzero(links >= 0)[:, 0]
    if key.distances and len(rows):
        links[rows] = _fitted(_choice(sample, blueprint, key, linker, rows), key, links[rows])


class _Choice(NamedTuple):
    """How rows choose: of whom, and what is known of each, over which ways, and what may come only once."""

    chooser: Chooser
    queries: Tensor
    known: list[Tensor]
    taken: Tensor


def _choice(sample: Sample, blueprint: TableBlueprint, key: KeyPlan, linker: Linker, rows: Tensor) -> _Choice:
    table, there = sample.tables[blueprint.name], rows.to(sample.device)
    return _Choice(
        chooser_of(sample, blueprint, key, linker, len(rows)),
        linker.queries(torch.cat([table.vectors[there], table.contexts[there]], 1)),
        agreements_of_children(sample.blueprints, sample.blocks, blueprint.name, key, rows),
        owners(blueprint, sample.tables, key.column, rows),
    )


def _fitted(choice: _Choice, key: KeyPlan, links: Tensor) -> Tensor:
    """The same parents, each row's one that is as far away as it should be.

    The last rows to choose have only those left that are before none of them, or long before.
    """
    chooser, queries, known, taken = choice
    score, pair = fit_of(chooser, queries, known, taken)
    links = exchanged(links, score, alike(links, known, chooser.linker.exact), chooser.generator, pair)
    wrong = torch.nonzero(_ruled_out(choice, key, links))[:, 0]
    if len(wrong):  # who could be their parents have enough children: rather one more than none
        chooser.left = torch.ones_like(chooser.left)
        some = queries[wrong.to(queries.device)]
        links[wrong] = chooser.choose(some, [reached[wrong] for reached in known], taken[wrong])
    return links


def _ruled_out(choice: _Choice, key: KeyPlan, links: Tensor) -> Tensor:
    """Which rows are as far from their parents as none ever is. Shapes: (rows,)."""
    found, first = torch.zeros(len(links), dtype=torch.bool), len(choice.chooser.linker.exact)
    numbers = zip(key.distances, choice.known[first:], choice.chooser.theirs[first:], strict=True)
    for distance, mine, theirs in numbers:
        edges = torch.tensor(distance.edges, dtype=torch.float64)
        apart = torch.where(links >= 0, mine - theirs[links.clamp(min=0)], torch.nan)
        step = torch.bucketize(apart, edges, right=True).clamp(max=len(edges))
        found |= (torch.tensor(distance.log_odds) <= -NEVER)[step] & ~torch.isnan(apart)
    return found


def _who_may(sample: Sample, blueprint: TableBlueprint, key: KeyPlan) -> np.ndarray:
    """Which rows of a table may be each other's parents, for they agree in all they must. Shapes: (rows,)."""
    rows = torch.arange(len(sample.tables[blueprint.name]))
    known = agreements_of_children(sample.blueprints, sample.blocks, blueprint.name, key, rows)
    return alike(rows, known, [match.exact for match in key.matches]).numpy()
