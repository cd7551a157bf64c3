import time

import numpy as np
import pytest
from faker import Faker

from synth_models.columns.texts.identifiers import IDENTIFIERS, recognise


def made(kind: str, n: int = 200, locale: str = "de_DE") -> np.ndarray:
    faker = Faker(locale, use_weighting=False)
    faker.seed_instance(0)
    maker = getattr(faker, IDENTIFIERS[kind].maker)
    return np.array(list(dict.fromkeys(maker() for _ in range(n))), dtype=object)


COLUMNS = {
    "phone": "HomePhone",
    "first_name": "first_name",
    "last_name": "LastName",
    "name": "contact_name",
    "company": "company_name",
    "street": "address",
    "city": "City",
}


@pytest.mark.parametrize("kind", list(IDENTIFIERS))
def test_every_kind_is_recognised(kind: str):
    assert recognise(made(kind), COLUMNS.get(kind, "x")) == kind


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_what_texts_alone_do_not_tell_needs_the_name_of_the_column(kind: str):
    assert recognise(made(kind), "remark") is None


def test_lookalikes_fail_the_check_digits():
    for kind in ("iban", "card"):
        texts = made(kind)
        wrong = np.array([text[:-1] + str((int(text[-1]) + 1) % 10) for text in texts], dtype=object)
        assert IDENTIFIERS[kind].share(texts) == 1
        assert IDENTIFIERS[kind].share(wrong) == 0
        assert recognise(wrong, "x") is None


def test_a_few_others_among_many_do_not_matter_but_more_do():
    mails = made("email")
    assert recognise(np.r_[mails, ["none"] * 3].astype(object), "x") == "email"
    assert recognise(np.r_[mails, ["none"] * 50].astype(object), "x") is None


def test_too_few_texts_tell_nothing():
    assert recognise(made("email", 2), "email") is None


@pytest.mark.parametrize("texts", [["1.2.3", "10.2.3", "1.0.0"], ["999.1.1.1", "300.2.2.2", "1.1.1.400"]])
def test_versions_are_no_addresses(texts: list[str]):
    assert recognise(np.array(texts, dtype=object), "x") is None


@pytest.mark.parametrize("piece", ["a. ", "a.", "1 ", "a:", "::", "a@", "A1 ", "(1) ", "www."])
def test_no_text_takes_long_to_look_at(piece: str):
    texts = np.array([piece * n + "!" for n in range(40, 44)] + [piece * 5000], dtype=object)
    start = time.process_time()
    for column in ("x", "contact_name", "phone", "address", "city"):
        recognise(texts, column)
    assert time.process_time() - start < 2
