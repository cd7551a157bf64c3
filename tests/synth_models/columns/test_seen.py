import io

import numpy as np
import torch

from synth_models.columns.seen import Seen


def texts(n: int, prefix: str = "text") -> np.ndarray:
    return np.array([f"{prefix} {number}" for number in range(n)], dtype=object)


def test_every_text_is_known_and_a_quarter_of_all_others():
    seen = Seen.of(texts(3000), np.random.default_rng(0))
    assert seen.knows(texts(3000)).all()
    assert 0.2 < seen.knows(texts(20_000, "other")).mean() < 0.3


def test_few_texts_hide_among_many_bits():
    seen = Seen.of(texts(1), np.random.default_rng(0))
    assert seen.knows(texts(1)).all()
    assert 0.15 < seen.knows(texts(20_000, "other")).mean() < 0.35


def test_nothing_is_known_of_no_texts():
    seen = Seen.of(texts(0), np.random.default_rng(0))
    assert not seen.knows(texts(10)).any()
    assert len(seen.knows(texts(0))) == 0


def test_growing_adds():
    old = Seen.of(texts(500), np.random.default_rng(0))
    grown = old.grow(texts(500, "new"), np.random.default_rng(1))
    assert grown.knows(texts(500)).all()
    assert grown.knows(texts(500, "new")).all()
    assert not old.knows(texts(500, "new")).all()
    assert grown.grow(texts(500), np.random.default_rng(2)) is grown


def test_the_state_tells_the_same_and_no_text():
    seen = Seen.of(texts(100), np.random.default_rng(0))
    buffer = io.BytesIO()
    torch.save(seen.state(), buffer)
    assert b"text 1" not in buffer.getvalue()
    again = Seen.from_state(torch.load(io.BytesIO(buffer.getvalue()), weights_only=True))
    some = texts(5000, "other")
    np.testing.assert_array_equal(again.knows(some), seen.knows(some))


def test_another_salt_claims_to_know_others():
    one, two = (Seen.of(texts(100), np.random.default_rng(seed)) for seed in (0, 1))
    assert (one.knows(texts(5000, "other")) != two.knows(texts(5000, "other"))).any()
