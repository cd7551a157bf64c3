"""What every summary of earlier siblings promises."""

import pytest
import torch

from synth_models.choices import HistoryTypes
from synth_models.models import multilevel as multilevel  # fills the registry
from synth_models.nn.history import HISTORIES, History

WIDTH, OUT = 8, 5
SIZES = torch.tensor([23, 9, 4, 1, 1])
POSITION = torch.cat([torch.arange(int(size)) for size in SIZES])
SIBLINGS = torch.repeat_interleave(SIZES, SIZES)


@pytest.fixture(params=HISTORIES.names())
def history(request: pytest.FixtureRequest) -> History:
    torch.manual_seed(2)
    return HISTORIES.get(request.param)(WIDTH, OUT, 0.1).eval()


def test_the_enum_lists_what_is_registered() -> None:
    assert {choice.value for choice in HistoryTypes} <= set(HISTORIES.names())


def test_a_row_sees_its_earlier_siblings_and_nothing_else(history: History) -> None:
    vectors = torch.randn(len(POSITION), WIDTH)
    before = history(vectors, POSITION, SIBLINGS)
    for changed in (0, 5, 22, 23, 35, 37):
        other = vectors.clone()
        other[changed] += 1.0
        after = history(other, POSITION, SIBLINGS)
        family = torch.repeat_interleave(torch.arange(len(SIZES)), SIZES)
        later = (family == family[changed]) & (POSITION[changed] < POSITION)
        torch.testing.assert_close(after[~later], before[~later], atol=1e-6, rtol=1e-5)
        next_one = changed + 1
        if later.any():
            assert not torch.allclose(after[next_one], before[next_one], atol=1e-4)


def test_step_by_step_is_the_same_as_all_at_once(history: History) -> None:
    vectors = torch.randn(len(POSITION), WIDTH)
    together = history(vectors, POSITION, SIBLINGS)
    firsts = SIZES.cumsum(0) - SIZES
    state = history.begin(len(SIZES), torch.device("cpu"))
    for place in range(int(SIZES.max())):
        active = int((place < SIZES).sum())
        rows = firsts[:active] + place
        made = history.step(state, active, SIZES[:active])
        torch.testing.assert_close(made, together[rows], atol=1e-5, rtol=1e-5)
        history.push(state, vectors[rows])


def test_the_order_of_families_does_not_matter(history: History) -> None:
    vectors = torch.randn(len(POSITION), WIDTH)
    together = history(vectors, POSITION, SIBLINGS)
    firsts = SIZES.cumsum(0) - SIZES
    order = torch.cat([torch.arange(int(firsts[f]), int(firsts[f] + SIZES[f])) for f in (3, 1, 4, 0, 2)])
    made = history(vectors[order], POSITION[order], SIBLINGS[order])
    torch.testing.assert_close(made, together[order], atol=1e-5, rtol=1e-5)


def test_no_rows_and_no_families_are_fine(history: History) -> None:
    nothing = torch.zeros(0, dtype=torch.long)
    assert history(torch.zeros(0, WIDTH), nothing, nothing).shape == (0, OUT)
    state = history.begin(0, torch.device("cpu"))
    assert history.step(state, 0, nothing).shape == (0, OUT)
    alone = torch.ones(3, dtype=torch.long)
    made = history(torch.randn(3, WIDTH), torch.zeros(3, dtype=torch.long), alone)
    torch.testing.assert_close(made[0], made[1])  # nothing is known of either
    assert made.isfinite().all()


def test_every_parameter_gets_a_gradient(history: History) -> None:
    history(torch.randn(len(POSITION), WIDTH), POSITION, SIBLINGS).pow(2).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in history.parameters())


def test_histories_differ() -> None:
    vectors, made = torch.randn(len(POSITION), WIDTH), []
    for name in HISTORIES.names():
        torch.manual_seed(0)
        made.append(HISTORIES.get(name)(WIDTH, OUT, 0.0)(vectors, POSITION, SIBLINGS))
    assert all(not torch.allclose(a, b) for i, a in enumerate(made) for b in made[:i])
