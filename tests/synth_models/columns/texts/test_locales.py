import numpy as np
import pytest

from synth_models.columns.texts.locales import USUAL, check_locale, locales_of
from synth_models.errors import SettingError


def objects(*texts: str) -> np.ndarray:
    return np.array(texts * 6, dtype=object)


@pytest.mark.parametrize(
    ("kind", "texts", "locale"),
    [
        ("iban", ["DE89370400440532013000"], "de_DE"),
        ("iban", ["GB82WEST12345698765432"], "en_GB"),
        ("email", ["jean@exemple.fr"], "fr_FR"),
        ("email", ["joe@corp.com"], USUAL),
        ("phone", ["+49 30 123456"], "de_DE"),
        ("phone", ["555-1234"], USUAL),
        ("url", ["https://www.ejemplo.es/a/b"], "es_ES"),
        ("name", ["Иван Петров"], "ru_RU"),
        ("name", ["Олексій Білий"], "uk_UA"),
        ("name", ["山田 さくら"], "ja_JP"),
        ("name", ["王 伟"], "zh_CN"),
        ("last_name", ["Müller", "Weiß", "Schmidt"], "de_DE"),
        ("last_name", ["MILLER", "SMITH", "LI"], USUAL),
        ("city", ["Łódź", "Kraków", "Gdańsk"], "pl_PL"),
    ],
)
def test_the_locale_of_identifiers(kind: str, texts: list[str], locale: str):
    assert locales_of(kind, objects(*texts), 5) == {locale: 1.0}


def test_several_countries_have_their_shares():
    found = locales_of("iban", objects("DE1", "DE2", "FR3"), 5)
    assert found == pytest.approx({"de_DE": 2 / 3, "fr_FR": 1 / 3})


def test_a_country_of_few_is_not_stored():
    texts = np.r_[objects("DE1"), np.array(["FR2"], dtype=object)]
    assert locales_of("iban", texts, 5) == {"de_DE": 1.0}


def test_a_locale_that_does_not_exist_is_answered():
    check_locale("x", "de_DE")
    with pytest.raises(SettingError, match="Did you mean 'de_DE'"):
        check_locale("x", "de_DEE")
