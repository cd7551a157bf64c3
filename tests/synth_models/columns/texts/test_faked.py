import io
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from faker import Faker

from synth_models.columns.support import Support
from synth_models.columns.texts.faked import Faked
from synth_models.columns.texts.identifiers import IDENTIFIERS
from synth_models.columns.texts.writing import Corpus


def real(kind: str, n: int = 400, locale: str = "fr_FR") -> np.ndarray:
    faker = Faker(locale, use_weighting=False)
    faker.seed_instance(0)
    maker = getattr(faker, IDENTIFIERS[kind].maker)
    return np.array(list(dict.fromkeys(maker() for _ in range(n))), dtype=object)


def corpus(texts: np.ndarray) -> Corpus:
    return Corpus(
        texts, Support.of(np.arange(len(texts)), len(texts), None), np.ones(len(texts), dtype=bool), 5
    )


def write(texts: np.ndarray, kind: str, n: int, locale: str | None = None, seed: int = 1) -> np.ndarray:
    writer = Faked.fit(corpus(texts), kind, locale, np.random.default_rng(0))
    return writer.write(np.zeros(n, dtype=np.int64), np.random.default_rng(seed))


@pytest.mark.parametrize("kind", list(IDENTIFIERS))
def test_made_up_ones_are_of_the_kind_valid_unique_and_not_real(kind: str):
    texts = real(kind)
    made = write(texts, kind, 1500)
    assert IDENTIFIERS[kind].share(made) > (0.99 if not IDENTIFIERS[kind].hint else 0.8)
    assert len(set(made)) == 1500
    assert not {text.casefold() for text in made} & {text.casefold() for text in texts}


def test_check_digits_are_right_in_groups():
    ibans, cards = real("iban"), real("card")
    grouped = np.array([re.sub("(.{4})(?=.)", r"\1 ", text) for text in ibans], dtype=object)
    made = write(grouped, "iban", 200)
    assert all(text.startswith("FR") and text[4] == " " for text in made)
    assert all(IDENTIFIERS["iban"].check(text) for text in made)
    dashed = np.array([re.sub("(.{4})(?=.)", r"\1-", text) for text in cards], dtype=object)
    made = write(dashed, "card", 200)
    assert all(text[4] == "-" and IDENTIFIERS["card"].check(text) for text in made)


def test_the_locale_is_that_of_the_column_or_the_one_asked_for():
    assert all(
        re.search(r"[\u0430-\u044f]", text, re.I) for text in write(real("name", locale="ru_RU"), "name", 50)
    )
    assert all(re.search("[가-힣]", text) for text in write(real("name"), "name", 50, "ko_KR"))
    mixed = np.r_[real("iban"), real("iban", locale="de_DE")]
    countries = {text[:2] for text in write(mixed, "iban", 200)}
    assert countries == {"FR", "DE"}


def test_the_case_is_that_of_the_column():
    upper = np.array([text.upper() for text in real("last_name")], dtype=object)
    assert all(text == text.upper() for text in write(upper, "last_name", 100))


def test_mail_goes_to_nobody():
    assert all(re.search(r"@example\.(com|org|net)$", text) for text in write(real("email"), "email", 300))


def test_more_than_there_are_first_names():
    made = write(real("first_name"), "first_name", 5000)
    assert len(set(made)) == 5000


def test_same_state_and_seed_same_texts():
    writer = Faked.fit(corpus(real("url")), "url", None, np.random.default_rng(0))
    buffer = io.BytesIO()
    torch.save(writer.state(), buffer)
    again = Faked.from_state(torch.load(io.BytesIO(buffer.getvalue()), weights_only=True))
    shapes = np.zeros(50, dtype=np.int64)
    made = writer.write(shapes, np.random.default_rng(3))
    np.testing.assert_array_equal(again.write(shapes, np.random.default_rng(3)), made)
    np.testing.assert_array_equal(writer.write(shapes, np.random.default_rng(3)), made)


def test_growing_adds_real_ones():
    texts = real("email")
    writer = Faked.fit(corpus(texts), "email", None, np.random.default_rng(0))
    first = writer.write(np.zeros(100, dtype=np.int64), np.random.default_rng(3))
    grown = writer.grow(corpus(first), np.random.default_rng(1))
    made = grown.write(np.zeros(100, dtype=np.int64), np.random.default_rng(3))
    assert not set(made) & set(first)


def test_faker_is_imported_when_it_is_needed_and_not_before():
    code = "import sys, synth_models.columns; sys.exit('faker' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
