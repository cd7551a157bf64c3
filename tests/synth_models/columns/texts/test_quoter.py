import numpy as np

from synth_models.columns.support import Support
from synth_models.columns.texts.quoter import Quoter
from synth_models.columns.texts.writing import Corpus


def corpus(texts: list[str], rows: list[int]) -> Corpus:
    support = Support(np.array(rows))
    return Corpus(np.array(texts, dtype=object), support, np.ones(len(texts), dtype=bool), 5)


def test_texts_are_quoted_by_shape_and_frequency():
    texts = [f"{n:03d}" for n in range(30)] + [f"word {'x' * (n % 9 + 1)}{chr(97 + n)}" for n in range(20)]
    writer = Quoter.fit(corpus(texts, [4] + [1] * 49))
    shapes = writer.find(np.array(texts, dtype=object))
    made = writer.write(np.repeat(shapes, 200), np.random.default_rng(0))
    assert set(made) == set(texts)
    np.testing.assert_array_equal(writer.find(made), np.repeat(shapes, 200))
    counts = dict(zip(*np.unique(made.astype(str), return_counts=True), strict=True))
    assert 3 < counts["000"] / counts["007"] < 5.5


def test_growing_adds_and_keeps():
    old = Quoter.fit(corpus(["a", "b"], [1, 1]))
    grown = old.grow(corpus(["c", "b"], [2, 3]), np.random.default_rng(0))
    again = Quoter.from_state(grown.state())
    made = again.write(np.zeros(2000, dtype=np.int64), np.random.default_rng(0))
    assert set(made) == {"a", "b", "c"}
