"""Which languages and countries identifiers are of."""

import difflib

import numpy as np
import pandas as pd

from synth_models.errors import SettingError

USUAL = "en_US"

_SPECIAL = {
    "US": "en_US",
    "UK": "en_GB",
    "GB": "en_GB",
    "CA": "en_CA",
    "CH": "de_CH",
    "BE": "nl_BE",
    "IN": "en_IN",
}
_PREFIXES = {
    "1": "US", "7": "RU", "27": "ZA", "30": "GR", "31": "NL", "32": "BE", "33": "FR", "34": "ES",
    "36": "HU", "39": "IT", "40": "RO", "41": "CH", "43": "AT", "44": "GB", "45": "DK", "46": "SE",
    "47": "NO", "48": "PL", "49": "DE", "52": "MX", "54": "AR", "55": "BR", "56": "CL", "57": "CO",
    "61": "AU", "63": "PH", "64": "NZ", "66": "TH", "81": "JP", "82": "KR", "86": "CN", "90": "TR",
    "91": "IN", "351": "PT", "353": "IE", "358": "FI", "380": "UA", "420": "CZ", "972": "IL",
}  # fmt: skip
_SCRIPTS = {
    "uk_UA": "ґєії",
    "ru_RU": "\u0400-\u04ff",
    "el_GR": "\u0370-\u03ff",
    "he_IL": "\u0590-\u05ff",
    "ar_SA": "\u0600-\u06ff",
    "hi_IN": "\u0900-\u097f",
    "th_TH": "\u0e00-\u0e7f",
    "ko_KR": "\uac00-\ud7af",
    "ja_JP": "\u3040-\u30ff",
    "zh_CN": "\u4e00-\u9fff",
}
_LETTERS = {
    "pl_PL": "ąęłńśźż",
    "cs_CZ": "čřžěů",
    "hu_HU": "őű",
    "tr_TR": "ğış",
    "ro_RO": "ășț",
    "da_DK": "åæø",
    "pt_BR": "ãõ",
    "de_DE": "äöüß",
    "fr_FR": "èêçàù",
    "es_ES": "ñáíó",
}
"""From what hardly anybody else writes to what others write as well."""
_SCRIPT_SHARE, _LETTER_SHARE, _COUNTRY_SHARE = 0.3, 0.1, 0.1


def locales_of(kind: str, texts: np.ndarray, k: int) -> dict[str, float]:
    """The locales of identifiers with their shares: by country if they name one, else by their letters.

    Args:
        kind: See ``IDENTIFIERS``.
        texts: (texts,) distinct ones.
        k: How many texts must share a country.
    """
    series = pd.Series(texts, dtype=object)
    if kind == "iban":
        countries = series.str.slice(0, 2)
    elif kind in ("email", "url"):
        countries = series.str.extract(r"\.([A-Za-z]{2})(?:[/:?#].*)?$", expand=False).str.upper()
    elif kind == "phone":
        prefix = "|".join(sorted(_PREFIXES, key=len, reverse=True))
        countries = series.str.extract(rf"^(?:\+|00|\(\+)({prefix})", expand=False).map(_PREFIXES)
    else:
        return {_by_letters(series): 1.0}
    counts = countries.map(_territories()).value_counts()
    counts = counts[counts >= max(k, _COUNTRY_SHARE * len(series))]
    shares = {str(locale): float(count / counts.sum()) for locale, count in counts.items()}
    return shares or {USUAL: 1.0}


def check_locale(column: str, locale: str) -> None:
    """Raise a ``SettingError`` for a locale that Faker does not know."""
    from faker.config import AVAILABLE_LOCALES

    if locale not in AVAILABLE_LOCALES:
        close = difflib.get_close_matches(str(locale), AVAILABLE_LOCALES, 1)
        hint = (
            f"Did you mean '{close[0]}'?" if close else "Take one of those that Faker lists, such as 'en_US'."
        )
        raise SettingError(f"Column '{column}': there is no locale {locale!r}. {hint}")


def _territories() -> dict[str, str]:
    """The locale of every country: the language called like the country, else English, else the first."""
    from faker.config import AVAILABLE_LOCALES

    found: dict[str, str] = {}
    for locale in sorted(AVAILABLE_LOCALES, key=lambda name: (_rank(name), name)):
        found.setdefault(locale.rpartition("_")[2], locale)
    return found | _SPECIAL


def _rank(locale: str) -> int:
    language, _, territory = locale.partition("_")
    return 0 if language == territory.lower() else 1 + (language != "en")


def _by_letters(texts: pd.Series) -> str:
    texts = texts.str.lower()
    for letters, least in ((_SCRIPTS, _SCRIPT_SHARE), (_LETTERS, _LETTER_SHARE)):
        for locale, some in letters.items():
            if texts.str.contains(f"[{some}]").mean() >= least:
                return locale
    return USUAL
