import numpy as np

from synth_models.columns.support import Support
from synth_models.columns.texts.characters import DIGIT, LOWER, UPPER
from synth_models.columns.texts.shapes import FREE, Shapes


def fit(texts: np.ndarray, k: int = 5, entities: np.ndarray | None = None) -> Shapes:
    return Shapes.fit(texts, Support.of(np.arange(len(texts)), len(texts), entities), k)


def codes(n: int = 40) -> np.ndarray:
    return np.array([f"A{'b' * (1 + i % 9)}-{i % 10}" for i in range(n)], dtype=object)


CODE = "".join(map(chr, [UPPER, LOWER, ord("-"), DIGIT]))


def test_shared_templates_by_length_and_the_rest_free():
    texts = np.array([*codes(), "x y z", "3!"], dtype=object)
    shapes = fit(texts)
    assert set(shapes.templates) == {FREE, CODE}
    assert shapes.templates[0] == FREE
    found = shapes.find(texts)
    assert [shapes.templates[place] for place in found] == [CODE] * 40 + [FREE] * 2
    lengths = np.array([len(text) for text in texts[:40]])
    assert len(set(found[:40])) > 1
    order = np.argsort(lengths)
    assert (np.diff(found[:40][order]) >= 0).all()


def test_a_template_of_one_entity_is_not_stored():
    assert set(fit(codes(), entities=np.zeros(40, dtype=int)).templates) == {FREE}


def test_the_ends_of_few_texts_are_round_numbers():
    shapes = fit(np.array(["abcdef 12345", "!"], dtype=object))
    assert (shapes.low.tolist(), shapes.high.tolist()) == ([1], [16])


def test_fits_is_about_length():
    shapes = fit(codes())
    texts = np.array(["Abb-1", "A" + "b" * 90 + "-1"], dtype=object)
    assert shapes.fits(texts).tolist() == [True, False]
    assert shapes.templates[shapes.find(texts)[1]] == CODE


def test_similar_is_the_template_of_the_nearest_length():
    shapes = fit(np.array([*codes(), *[f"{n:012d}" for n in range(20)]], dtype=object))
    found = shapes.similar(np.array(["?", "?" * 30], dtype=object))
    assert [shapes.templates[place] for place in found] == [CODE, chr(DIGIT) * 12]


def test_growing_appends():
    old = fit(codes())
    more = np.array([*codes(), *[f"{n:04d}" for n in range(20)]], dtype=object)
    grown = old.grow(more, Support.of(np.arange(60), 60, None), 5)
    assert grown.templates[: len(old)] == old.templates
    assert grown.templates[len(old) :] == (chr(DIGIT) * 4,)
    np.testing.assert_array_equal(grown.find(codes()), old.find(codes()))
    again = Shapes.from_state(grown.state())
    np.testing.assert_array_equal(again.find(more), grown.find(more))
