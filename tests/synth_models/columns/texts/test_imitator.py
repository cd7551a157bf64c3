import io
import time

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from synth_models.columns.support import Support
from synth_models.columns.texts.imitator import Imitator
from synth_models.columns.texts.shapes import FREE
from synth_models.columns.texts.writing import Corpus

ADJECTIVES = ["Quiet", "Golden", "Broken", "Distant", "Hidden", "Silver", "Bitter", "Gentle"]
NOUNS = ["river", "mountain", "garden", "mirror", "harbour", "winter", "machine", "letter", "island"]


TEXTS = st.characters(codec="utf-8", exclude_characters="\x00")  # the codec leaves that one out


def corpus(texts: list[str] | np.ndarray, k: int = 5) -> Corpus:
    distinct = np.array([*dict.fromkeys(texts), None], dtype=object)[:-1]
    support = Support.of(np.arange(len(distinct)), len(distinct), None)
    return Corpus(distinct, support, np.ones(len(distinct), dtype=bool), k)


def titles(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    words = rng.choice(ADJECTIVES, n), rng.choice(NOUNS, n), rng.choice(NOUNS, n), rng.integers(1, 3000, n)
    return np.array([f"{a} {b} {c} {d}" for a, b, c, d in zip(*words, strict=True)], dtype=object)


def folded(texts: np.ndarray) -> set[str]:
    return {text.strip().casefold() for text in texts}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(TEXTS, max_size=12), min_size=1, max_size=30), st.integers(1, 6), st.integers(0, 99))
def test_no_real_text_is_written(texts: list[str], k: int, seed: int):
    learned = corpus(texts, k)
    writer = Imitator.fit(learned, np.random.default_rng(seed))
    wanted = np.tile(writer.find(learned.texts), 3)
    made = writer.write(wanted, np.random.default_rng(seed))
    assert not folded(made) & folded(learned.texts)
    assert len(set(made)) == len(made) == len(wanted)


def test_texts_have_the_shapes_asked_for():
    real = titles(3000)
    writer = Imitator.fit(corpus(real), np.random.default_rng(0))
    wanted = writer.find(real)
    made = writer.write(wanted, np.random.default_rng(1))
    assert FREE not in {writer.shapes.templates[place] for place in wanted}
    assert (writer.find(made) == wanted).mean() > 0.99


def test_lengths_are_those_of_the_real_texts():
    learned = corpus(titles(3000))
    writer = Imitator.fit(learned, np.random.default_rng(0))
    made = writer.write(writer.find(learned.texts), np.random.default_rng(1))
    lengths = [[len(text) for text in texts] for texts in (learned.texts, made)]
    assert ks_2samp(*lengths, method="asymp").statistic < 0.1


def test_words_are_mostly_those_of_the_real_texts():
    learned = corpus(titles(3000))
    writer = Imitator.fit(learned, np.random.default_rng(0))
    made = writer.write(writer.find(learned.texts), np.random.default_rng(1))
    words = [word for text in made for word in text.split()[:3]]
    assert np.isin(words, [*ADJECTIVES, *NOUNS]).mean() > 0.8


def test_long_texts_end_within_their_range():
    rng = np.random.default_rng(0)
    real = np.array([" ".join(rng.choice(NOUNS, rng.integers(20, 60))) for _ in range(300)], dtype=object)
    learned = corpus(real)
    writer = Imitator.fit(learned, np.random.default_rng(0))
    shapes = writer.find(learned.texts)
    made = writer.write(shapes, np.random.default_rng(1))
    lengths = np.array([len(text) for text in made])
    assert ((lengths >= writer.shapes.low[shapes]) & (lengths <= writer.shapes.high[shapes])).mean() > 0.99
    assert np.isin([text.split()[-1] for text in made], NOUNS).mean() > 0.8


def test_any_script_and_very_long_texts():
    rng = np.random.default_rng(0)
    signs = {"кот дом лес": "Cyrillic", "山川日月木": "CJK", "😀🚀\n✅ ": "signs"}
    for alphabet in signs:
        real = np.array(["".join(rng.choice(list(alphabet), 12)) for _ in range(200)], dtype=object)
        learned = corpus(real)
        writer = Imitator.fit(learned, np.random.default_rng(0))
        made = writer.write(writer.find(learned.texts), np.random.default_rng(1))
        assert set("".join(made)) <= set(alphabet) | set(".")
        assert not folded(made) & folded(real)
    huge = np.array([f"{n} " + "word and sentence. " * 3000 for n in range(20)], dtype=object)
    writer = Imitator.fit(corpus(huge), np.random.default_rng(0))
    made = writer.write(writer.find(huge), np.random.default_rng(1))
    assert max(map(len, made)) <= 2048


def test_an_exhausted_template_gives_way():
    real = np.array([f"{number:02d}" for number in range(100)], dtype=object)
    writer = Imitator.fit(corpus(real), np.random.default_rng(0))
    made = writer.write(writer.find(real), np.random.default_rng(1))
    assert not set(made) & set(real)
    assert len(set(made)) == 100


def test_a_pattern_holds_and_gives_every_text_a_template():
    real = np.array([f"({n % 90 + 10}) {n:07d}" for n in range(60)] + ["ext. 9", "12-34"], dtype=object)
    writer = Imitator.fit(corpus(real), np.random.default_rng(0), r"\(\d{2}\) \d{7}")
    shapes = writer.find(real)
    assert FREE not in {writer.shapes.templates[place] for place in shapes}
    made = writer.write(np.repeat(shapes, 5), np.random.default_rng(1))
    assert all(text.startswith("(") and len(text) == 12 for text in made)


def test_growing_keeps_shapes_and_never_writes_old_or_new_texts():
    old, new = titles(500), np.array([f"{n}/{n % 7}" for n in range(1000, 1300)], dtype=object)
    writer = Imitator.fit(corpus(old), np.random.default_rng(0))
    grown = writer.grow(corpus(new), np.random.default_rng(1))
    np.testing.assert_array_equal(grown.find(old), writer.find(old))
    assert set(grown.find(new)) - set(range(writer.n_shapes))
    made = grown.write(grown.find(np.r_[old, new]), np.random.default_rng(2))
    assert not folded(made) & folded(np.r_[old, new])


def test_the_state_writes_the_same():
    writer = Imitator.fit(corpus(titles(300)), np.random.default_rng(0))
    buffer = io.BytesIO()
    torch.save(writer.state(), buffer)
    again = Imitator.from_state(torch.load(io.BytesIO(buffer.getvalue()), weights_only=True))
    shapes = writer.find(titles(300))
    made = writer.write(shapes, np.random.default_rng(1))
    np.testing.assert_array_equal(again.write(shapes, np.random.default_rng(1)), made)


def test_a_hundred_thousand_texts_take_seconds():
    learned = corpus(titles(20_000))
    writer = Imitator.fit(learned, np.random.default_rng(0))
    wanted = np.resize(writer.find(learned.texts), 100_000)
    start = time.process_time()
    made = writer.write(wanted, np.random.default_rng(1))
    assert time.process_time() - start < 20
    assert len(set(made)) == 100_000
