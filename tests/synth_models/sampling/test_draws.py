"""Outcomes come as often as their scores say."""

import numpy as np
import pytest
import torch

from synth_models.sampling.draws import draw, first_in_share, tilt, without_unlikely


def test_draws_follow_the_probabilities() -> None:
    logits = torch.tensor([0.5, 0.3, 0.2]).log().expand(40_000, -1)
    drawn = draw(logits, torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        torch.bincount(drawn).float() / 40_000, torch.tensor([0.5, 0.3, 0.2]), atol=0.01, rtol=0
    )


@pytest.mark.parametrize("size", [256, 257, 2048, 2100])
def test_of_many_outcomes_each_has_its_share_and_none_that_is_ruled_out(size: int) -> None:
    logits = torch.randn(size, generator=torch.Generator().manual_seed(0))
    logits[::3] = -1e9
    logits[-40:] = -1e9
    drawn = draw(logits.expand(40 * size, -1), torch.Generator().manual_seed(0), evenly=True)
    shares = torch.bincount(drawn, minlength=size) / len(drawn)
    torch.testing.assert_close(shares, logits.softmax(0), atol=2.5 / len(drawn), rtol=1e-3)
    assert (shares[logits < -1e8] == 0).all()


def test_evenly_drawn_outcomes_are_as_many_as_their_probability_says() -> None:
    hubs = torch.tensor([90.0, 3.0]).log().expand(93, -1)
    where = torch.zeros(93)
    for seed in range(200):
        drawn = draw(hubs, torch.Generator().manual_seed(seed), evenly=True)
        assert drawn.sum() == 3
        where += drawn
    assert (where > 0).sum() > 85  # any row may be one
    assert where.max() < 25


def test_evenly_drawn_rows_keep_their_own_probabilities() -> None:
    logits = torch.tensor([[0.0, 0.0], [0.0, 2.0], [3.0, 0.0]])
    drawn = torch.stack([draw(logits, torch.Generator().manual_seed(s), evenly=True) for s in range(4000)])
    torch.testing.assert_close(drawn.float().mean(0), logits.softmax(1)[:, 1], atol=0.03, rtol=0)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.97, 1.0])
def test_the_first_outcome_has_its_share_and_rows_keep_their_order(share: float) -> None:
    logits = torch.randn(500, 4, generator=torch.Generator().manual_seed(0))
    moved = first_in_share(logits, share)
    assert float(moved.softmax(1)[:, 0].mean()) == pytest.approx(share, abs=1e-5)
    assert torch.equal(moved[:, 1:], logits[:, 1:])
    assert torch.equal(moved[:, 0].argsort(), logits[:, 0].argsort())


def test_an_outcome_that_is_ruled_out_stays_so() -> None:
    logits = torch.tensor([[-1e9, 0.0]]).expand(5, -1)
    assert float(first_in_share(logits, 0.5).softmax(1)[:, 0].max()) == 0


def test_the_only_outcome_is_everyones() -> None:
    assert draw(first_in_share(torch.zeros(5, 1), 1.0), torch.Generator()).tolist() == [0] * 5


def test_as_many_rows_have_the_first_outcome_as_their_different_probabilities_come_to() -> None:
    logits = torch.randn(200, 3, generator=torch.Generator().manual_seed(1)) * 3
    expected = float(logits.softmax(1)[:, 0].sum())
    for seed in range(50):
        drawn = draw(logits, torch.Generator().manual_seed(seed), evenly=True)
        assert abs(int((drawn == 0).sum()) - expected) < 1


def test_rows_that_count_more_are_drawn_as_evenly() -> None:
    weights = torch.randint(1, 40, (300,), generator=torch.Generator().manual_seed(2)).double()
    logits = torch.randn(300, 2, generator=torch.Generator().manual_seed(3))
    moved = first_in_share(logits, 0.4, weights)
    assert float((moved.softmax(1)[:, 0] * weights).sum() / weights.sum()) == pytest.approx(0.4, abs=1e-5)
    off: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(100):
        for sort in off:
            generator = torch.Generator().manual_seed(seed)
            drawn = draw(moved, generator, evenly=True, weights=weights if sort else None)
            off[sort].append(abs(float(((drawn == 0) * weights).sum() / weights.sum()) - 0.4))
    assert np.mean(off[True]) < 0.7 * np.mean(off[False])


@pytest.mark.parametrize("rows", [1, 7, 16, 17, 91, 400])
def test_rows_that_count_more_have_every_outcome_as_evenly_and_their_own_probabilities(rows: int) -> None:
    weights = torch.randint(1, 40, (rows,), generator=torch.Generator().manual_seed(2)).double()
    logits = torch.tensor([0.1, 0.35, 0.15, 0.4]).log().expand(rows, -1)
    outcomes, off = torch.zeros(rows, 4), dict[bool, list[float]]({True: [], False: []})
    for seed in range(600):
        for sort in off:
            generator = torch.Generator().manual_seed(seed)
            drawn = draw(logits, generator, evenly=True, weights=weights if sort else None)
            off[sort].append(abs(float(((drawn <= 1) * weights).sum() / weights.sum()) - 0.45))
        outcomes[torch.arange(rows), drawn] += 1 / 600
    torch.testing.assert_close(outcomes, logits.softmax(1), atol=0.1, rtol=0)
    assert rows < 20 or np.mean(off[True]) < 0.6 * np.mean(off[False])


def test_what_is_drawn_one_after_the_other_goes_together_by_chance_alone() -> None:
    weights, logits = torch.arange(300).double(), torch.tensor([1.0, 2.0]).log().expand(300, -1)
    together = []
    for seed in range(200):
        generator = torch.Generator().manual_seed(seed)
        one, other = (draw(logits, generator, evenly=True, weights=weights) == 0 for _ in range(2))
        together.append(int((one & other).sum()))
    assert np.mean(together) == pytest.approx(300 / 9, abs=1)
    assert 2 < np.std(together) < 8  # of chance 4.7


@pytest.mark.parametrize("mean", [0.0, 0.2, 0.61, 1.0])
def test_what_is_drawn_has_the_mean_that_it_should(mean: float) -> None:
    generator = torch.Generator().manual_seed(4)
    logits = torch.randn(200, 5, generator=generator)
    values, weights = torch.tensor([0.0, 0.0, 0.25, 0.5, 1.0]), torch.rand(200, generator=generator)
    moved = logits + tilt(logits, values, mean, weights) * values
    found = float(weights @ (moved.softmax(1) @ values) / weights.sum())
    assert found == pytest.approx(mean, abs=1e-4)


def test_what_is_far_rarer_than_usual_is_left_out() -> None:
    usual = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    logits = torch.tensor(
        [
            [0.5, 0.3, 0.15, 0.05],  # as usual
            [0.8, 0.179, 0.02, 0.001],  # the last one is 0.02 of its usual frequency, the third 0.13
            [0.0, 0.5, 0.498, 0.002],  # of those there may be, the last one usually has a tenth
            [0.001, 0.0, 0.0, 0.999],  # if but two are left, the first one usually has ten elevenths
        ]
    ).log()
    left = without_unlikely(logits.clamp(min=-1e9), usual).softmax(1)
    expected = torch.tensor(
        [
            [0.5, 0.3, 0.15, 0.05],
            [0.8 / 0.999, 0.179 / 0.999, 0.02 / 0.999, 0.0],
            [0.0, 0.5 / 0.998, 0.498 / 0.998, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )
    torch.testing.assert_close(left, expected)


def test_a_twentieth_is_left_out_at_most() -> None:
    usual = torch.log_softmax(torch.randn(100, generator=torch.Generator().manual_seed(0)), 0)
    logits = torch.log_softmax(4 * torch.randn(500, 100, generator=torch.Generator().manual_seed(1)), 1)
    left = without_unlikely(logits, usual)
    gone = torch.where(left < logits, logits, -torch.inf).logsumexp(1).exp()
    assert 0 < gone.max() <= 0.05
    assert (left[left == logits].exp().sum() / 500) > 0.95
