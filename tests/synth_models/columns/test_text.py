import io
import re

import numpy as np
import pandas as pd
import pytest
import torch
from faker import Faker
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from synth_models.columns import COLUMN_TYPES
from synth_models.columns.text import TextCodec
from synth_models.columns.texts.identifiers import IDENTIFIERS
from synth_models.columns.texts.pseudonyms import SECRET
from synth_models.errors import SettingError

WORDS = ["river", "mountain", "garden", "mirror", "harbour", "winter", "machine", "letter", "island"]


def saved(codec: TextCodec) -> bytes:
    buffer = io.BytesIO()
    torch.save(codec.state(), buffer)
    return buffer.getvalue()


def restored(codec: TextCodec) -> TextCodec:
    return TextCodec.from_state(torch.load(io.BytesIO(saved(codec)), weights_only=True))


def notes(n: int = 600) -> pd.Series:
    rng = np.random.default_rng(0)
    words = rng.choice(WORDS, (n, 3))
    return pd.Series([f"{a} {b} {c} {k}" for (a, b, c), k in zip(words, rng.permutation(n), strict=True)])


def remade(codec: TextCodec, values: pd.Series, seed: int = 0) -> pd.Series:
    return codec.decode(codec.encode(values), np.random.default_rng(seed))


def folded(values: pd.Series) -> set[str]:
    return set(values.dropna().astype(str).str.strip().str.casefold())


def test_frequent_texts_stay_and_rare_ones_are_made_up():
    values = pd.Series(["out of stock", None] * 19 + ["on its way"] * 19 + notes(50).tolist())
    made = remade(restored(TextCodec.fit(values)), values)
    common = values.isin(["out of stock", "on its way"]) | values.isna()
    assert made[common].tolist() == values[common].tolist()
    assert not folded(made[~common]) & folded(values)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=10), min_size=1, max_size=25), st.data())
def test_no_rare_text_comes_out(texts: list[str], data: st.DataObject):
    entities = data.draw(st.lists(st.integers(0, 9), min_size=len(texts), max_size=len(texts)))
    values = pd.Series(texts * 3, dtype=object)
    owners = pd.Series(entities * 3)
    codec = TextCodec.fit(values, entities=owners.to_numpy())
    shared = owners.groupby(values).nunique()
    rare = folded(values[values.map(shared) < 5]) - folded(values[values.map(shared) >= 5])
    assert not folded(remade(codec, values)) & rare


def test_a_checkpoint_holds_no_rare_text_nor_a_rare_piece_of_one():
    secret = "xqzjwv"
    values = pd.Series([*notes(), f"the {secret} letter", f"{secret[::-1]} 9", "Grüße aus Ægypten"])
    stored = saved(TextCodec.fit(values))
    pieces = {text[at : at + 6] for text in values for at in range(max(len(text) - 5, 1))}
    shared = pd.Series(list(pieces)).map(lambda piece: values.str.contains(piece, regex=False).sum())
    rare = [piece for piece, count in zip(pieces, shared, strict=True) if count < 5]
    assert secret in rare
    assert len(rare) > 500
    for piece in rare:
        for coding in ("utf-8", "utf-16-le", "utf-32-le"):
            assert piece.encode(coding) not in stored
        assert np.array([ord(mark) for mark in piece], dtype=np.int64).tobytes() not in stored
    told = saved(TextCodec.fit(values, min_count=1, max_categories=1000))
    assert secret.encode() in told  # what is looked for can be found


def test_lengths_words_and_shapes_are_those_of_the_column():
    values = notes()
    codec = TextCodec.fit(values)
    made = remade(codec, values)
    assert ks_2samp(made.str.len(), values.str.len(), method="asymp").statistic < 0.1
    assert made.str.extract("^([a-z]+)", expand=False).isin(WORDS).mean() > 0.8
    assert (codec.encode(made) == codec.encode(values)).all(axis=1).mean() > 0.95


def test_texts_repeat_as_often_as_before():
    values = notes(400).repeat(3).reset_index(drop=True)
    entities = np.arange(len(values)) // 3
    made = remade(TextCodec.fit(values, entities=entities), values)
    assert 300 < made.nunique() < 520
    single = notes(400)
    assert remade(TextCodec.fit(single), single).is_unique


def test_a_text_of_one_entity_is_rare_however_often_it_occurs():
    values = pd.Series([*["my very own words"] * 50, *notes(50)])
    entities = np.r_[np.zeros(50), np.arange(50)].astype(int)
    codec = TextCodec.fit(values, entities=entities)
    assert b"my very own words" not in saved(codec)
    assert "my very own words" not in set(remade(codec, values))


def test_identifiers_are_never_stored_even_if_many_share_them():
    values = pd.Series(["info@corp.de"] * 50 + [f"m{n}@corp.de" for n in range(50)])
    codec = TextCodec.fit(values)
    made = remade(codec, values)
    assert made.str.fullmatch(r"[^@\s]+@example\.(com|net|org)").all()
    assert b"corp" not in saved(codec)
    assert remade(TextCodec.fit(values, identifier="none"), values).eq("info@corp.de").sum() == 50


def test_an_identifier_can_be_asked_for():
    values = pd.Series([f"K-{n}" for n in range(60)])
    made = remade(TextCodec.fit(values, identifier="iban", locale="de_DE"), values)
    assert made.str.fullmatch(r"DE\d{20}").all()


def test_telephones_keep_the_forms_of_the_column():
    faker = Faker("de_DE")
    faker.seed_instance(0)
    values = pd.Series([faker.numerify("+49 (%#) %######") for _ in range(300)], name="phone")
    made = remade(TextCodec.fit(values), values)
    assert made.str.fullmatch(r"\+49 \(\d\d\) \d{7}").all()
    assert not set(made) & set(values)
    few = values.iloc[:4]  # too few to keep their form: Faker's
    assert remade(TextCodec.fit(few), few).str.fullmatch(IDENTIFIERS["phone"].pattern).all()


def test_mode_keep_quotes():
    values = pd.Series([*notes(80), None])
    codec = restored(TextCodec.fit(values, mode="keep"))
    made = remade(codec, pd.concat([values] * 5))
    assert set(made.dropna()) <= set(values.dropna())
    assert made.nunique() > 60
    assert (codec.encode(made) == codec.encode(pd.concat([values] * 5))).all()


def test_mode_exclude_leaves_nothing():
    values = notes(80).astype("string")
    codec = restored(TextCodec.fit(values, mode="exclude"))
    made = remade(codec, values)
    assert made.isna().all()
    assert made.dtype == values.dtype
    assert not any(word.encode() in saved(codec) for word in WORDS)
    assert codec.allowed()[0].sum() == 1
    assert remade(codec.grow(values), values).isna().all()


def test_mode_pseudonymise_is_the_same_everywhere(monkeypatch: pytest.MonkeyPatch):
    values = pd.Series(["Ann"] * 20 + ["Bob"] * 30 + [f"one of a kind {n}" for n in range(10)], name="who")
    with pytest.raises(SettingError, match=f"'who'.*{SECRET}"):
        TextCodec.fit(values, mode="pseudonymise")
    monkeypatch.setenv(SECRET, "s3cret")
    codec = TextCodec.fit(values, mode="pseudonymise")
    other = TextCodec.fit(values.iloc[15:45].rename("customer"), mode="pseudonymise", seed=9)
    made = remade(codec, values)
    assert made.str.fullmatch("[0-9a-f]{16}").all()
    assert made[:20].nunique() == made[20:50].nunique() == 1
    assert made[50:].is_unique
    assert set(remade(other, values.iloc[20:45])) == set(made[20:50])
    for told in (b"Ann", b"Bob", b"s3cret"):
        assert told not in saved(codec)
    tokens = codec.encode(values)
    np.testing.assert_array_equal(codec.encode(made), tokens)
    monkeypatch.delenv(SECRET)
    np.testing.assert_array_equal(restored(codec).encode(made), tokens)  # sampling needs no secret
    with pytest.raises(SettingError, match=SECRET):
        restored(codec).encode(values)


def test_many_stored_texts_take_two_tokens():
    values = pd.Series(np.repeat([f"product number {n}" for n in range(600)], 12))
    codec = TextCodec.fit(values, max_categories=1000)
    assert max(codec.sizes) < 60
    pd.testing.assert_series_equal(remade(codec, values), values)


def test_growing_keeps_tokens_and_adds_words_and_shapes():
    old = pd.Series(["open"] * 20 + [f"AB-{n}" for n in range(100, 160)])
    new = pd.Series(["closed"] * 20 + [f"{n}/77" for n in range(100, 160)] + [None])
    codec = TextCodec.fit(old)
    grown = restored(codec.grow(new))
    np.testing.assert_array_equal(grown.encode(old), codec.encode(old))
    made = remade(grown, new)
    assert made[:20].eq("closed").all()
    assert made[20:80].str.fullmatch(r"\d{3}/\d{2}").mean() > 0.9
    assert made.isna().tolist() == new.isna().tolist()
    assert not folded(made[20:]) & folded(pd.concat([old, new]))


@pytest.mark.parametrize("dtype", ["object", "string", "category", "string[pyarrow]"])
def test_the_dtype_stays(dtype: str):
    values = notes(60).astype(dtype)
    assert str(remade(TextCodec.fit(values), values).dtype) == str(values.dtype)


def test_whole_numbers_declared_texts_stay_whole_numbers():
    values = pd.Series(np.random.default_rng(0).permutation(90_000)[:300] + 10_000)
    made = remade(TextCodec.fit(values), values)
    assert made.dtype == values.dtype
    assert made.between(10_000, 99_999).mean() > 0.8
    assert not set(made) & set(values)


def test_what_looks_like_text():
    texts = {name: COLUMN_TYPES.get(name) for name in COLUMN_TYPES.names()}

    def best(values: pd.Series) -> str:
        return max(texts, key=lambda name: texts[name].likeness(values))

    assert best(notes()) == "text"
    assert best(pd.Series(["red", "green"] * 40)) == "categorical"
    assert best(pd.Series([f"m{n % 30}@corp.de" for n in range(400)])) == "text"
    assert best(pd.Series([f"2020-01-{n % 28 + 1:02d}" for n in range(90)])) == "date"
    assert best(pd.Series([str(n) for n in range(90)])) == "integer"
    assert best(pd.Series([f"03{n:08d}" for n in range(90)], name="phone")) == "text"
    assert TextCodec.likeness(pd.Series([1.5, 2.5])) == 0
    assert TextCodec.likeness(pd.Series([None, None], dtype=object)) == 0


def test_half_characters_are_a_fault():
    assert TextCodec.faults(notes(3)) == []
    assert re.match("1 of 2 texts", TextCodec.faults(pd.Series(["ok", "bad \ud800"]))[0])


def test_texts_that_differ_after_a_nul_are_different():
    values = pd.Series([f"a\x00{n}" for n in range(40)])
    codec = TextCodec.fit(values)
    assert b"a0" not in saved(codec)
    assert remade(codec, values).is_unique
