import numpy as np
import pytest

from synth_models.columns.texts.pseudonyms import SECRET, PseudonymWriter, pseudonyms
from synth_models.errors import SettingError

TEXTS = np.array(["Ann", "Bob", "Zoë"], dtype=object)


def test_the_secret_decides(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(SECRET, "one")
    made = pseudonyms("x", TEXTS)
    np.testing.assert_array_equal(pseudonyms("y", TEXTS), made)
    assert len(set(made)) == 3
    monkeypatch.setenv(SECRET, "two")
    assert not set(pseudonyms("x", TEXTS)) & set(made)


def test_pseudonyms_stay_and_need_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(SECRET, "one")
    made = pseudonyms("x", TEXTS)
    monkeypatch.delenv(SECRET)
    np.testing.assert_array_equal(pseudonyms("x", made), made)
    with pytest.raises(SettingError, match=f"Column 'x': .* {SECRET} is not set"):
        pseudonyms("x", TEXTS)


def test_written_ones_look_alike():
    made = PseudonymWriter().write(np.zeros(2000, dtype=np.int64), np.random.default_rng(0))
    assert len(set(made)) == 2000
    np.testing.assert_array_equal(pseudonyms("x", made), made)
