import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synth_models.columns.texts.characters import (
    DIGIT,
    LETTER,
    LONGEST,
    LOWER,
    OTHER,
    UPPER,
    Characters,
    classes,
)


def objects(texts: list[str]) -> np.ndarray:
    return np.array([*texts, None], dtype=object)[:-1]


@given(st.lists(st.text(max_size=12), max_size=6))
def test_texts_there_and_back(texts: list[str]):
    assert Characters.of(objects(texts)).texts().tolist() == texts


@given(st.lists(st.text(alphabet="ab A1", max_size=4), min_size=2, max_size=8))
def test_hashes_tell_texts_apart(texts: list[str]):
    hashes = Characters.of(objects(texts)).hashes()
    for hashed, text in zip(hashes, texts, strict=True):
        assert [h == hashed for h in hashes] == [t == text for t in texts]


def test_classes_of_scripts():
    points = [ord(mark) for mark in "aÄд中ة٣7 😀\n"]
    assert classes()[points].tolist() == [
        LOWER, UPPER, LOWER, LETTER, LETTER, DIGIT, DIGIT, OTHER, OTHER, OTHER,
    ]  # fmt: skip


def test_templates_are_runs_of_letters_and_single_digits():
    made = Characters.of(objects(["Ab-12", "", "Anna-12", "AB-12", "中文", "xX"])).templates().texts()
    assert made[0] == made[2] == "".join(map(chr, [UPPER, LOWER, ord("-"), DIGIT, DIGIT]))
    assert made[1] == ""
    assert made[3] == "".join(map(chr, [UPPER, ord("-"), DIGIT, DIGIT]))
    assert made[4] == chr(LETTER)
    assert made[5] == chr(LOWER) + chr(UPPER)


def test_only_the_beginning_of_long_texts_counts():
    assert Characters.of(objects(["x" * 10_000, "y"])).lengths.tolist() == [LONGEST, 1]
