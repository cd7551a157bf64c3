"""Texts that identify somebody or something: what they look like, and what to call when one is needed."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import numpy as np

_SAMPLE = 2000  # distinct texts
_SHARE = 0.95
_LEAST = 3
_LONGEST = 500  # characters
_WORDS = r"[^\W\d_]+(?:[ '\u2019.-]+[^\W\d_]+)*\.?"


def _luhn(text: str) -> bool:
    digits = np.array([int(digit) for digit in text if digit.isdecimal()][::-1])
    doubled = digits[1::2] * 2
    return bool((digits[::2].sum() + (doubled - 9 * (doubled > 9)).sum()) % 10 == 0)


def _mod_97(text: str) -> bool:
    bare = re.sub(r"\s", "", text)
    return int("".join(str(int(letter, 36)) for letter in bare[4:] + bare[:4])) % 97 == 1


def _ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _always(text: str) -> bool:
    return True


def _instead(first: str, second: str) -> str:
    return second


def _hyphened(first: str, second: str) -> str:
    return f"{first}-{second}"


@final
@dataclass(frozen=True)
class Identifier:
    """A kind of identifier.

    Args:
        pattern: What the whole text looks like.
        maker: The method of ``faker.Faker`` that makes one up.
        check: What tells real ones from lookalikes (a check digit).
        hint: What the name of the column must look like, for kinds that their texts alone do not tell.
        public: Whether one that many entities share (a town) may stay.
        own_form: Whether the column's own forms are imitated if there are some: those of a country, say.
        join: Two of them as another one, for columns with more values than can be made up.
    """

    pattern: str
    maker: str
    check: Callable[[str], bool] = field(default=_always, repr=False)
    hint: str = ""
    public: bool = False
    own_form: bool = False
    join: Callable[[str, str], str] = field(default=_instead, repr=False)

    def share(self, texts: np.ndarray) -> float:
        """The share of distinct texts that are of this kind."""
        some = [text.strip() for text in texts[:: max(len(texts) // _SAMPLE, 1)]]
        form = re.compile(self.pattern)
        return sum(self._fits(text, form) for text in some) / len(some)

    def _fits(self, text: str, form: re.Pattern[str]) -> bool:
        return len(text) <= _LONGEST and form.fullmatch(text) is not None and self.check(text)


IDENTIFIERS: dict[str, Identifier] = {
    "email": Identifier(
        r"[^@\s]+@[^@\s]+\.[^\W\d_]{2,}", "email", join=lambda a, b: f"{a.partition('@')[0]}.{b}"
    ),
    "url": Identifier(
        r"(?:https?|ftp)://\S+|www\.\S+", "url", join=lambda a, b: f"{a.rstrip('/')}/{b.split('.')[-2]}"
    ),
    "uuid": Identifier(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "uuid4"),
    "ipv4": Identifier(r"\d{1,3}(?:\.\d{1,3}){3}", "ipv4", _ip),
    "ipv6": Identifier(r"(?i)(?=.*:.*:)[0-9a-f:.]{2,45}", "ipv6", _ip),
    "iban": Identifier(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}", "iban", _mod_97),
    "card": Identifier(r"\d{4}(?:[ -]?\d){8,15}", "credit_card_number", _luhn),
    "phone": Identifier(
        r"(?=(?:\D*\d){6})(?:\+|\(\+?\d{1,5}\)|\d)[\d ()./-]*\d(?: ?(?:x|ext\.?) ?\d+)?",
        "phone_number",
        hint=r"phone|(^|_)(tel|fax|mobile|cell|handy|msisdn)(_|$|no|num)",
        own_form=True,
    ),
    "first_name": Identifier(
        _WORDS, "first_name", hint=r"(first|given|fore)_?name|vorname|prenom", public=True, join=_hyphened
    ),
    "last_name": Identifier(
        _WORDS, "last_name", hint=r"(last|family|sur)_?name|nachname", public=True, join=_hyphened
    ),
    "name": Identifier(
        rf"(?=.*\s){_WORDS}(?:, ?{_WORDS})?",
        "name",
        hint=r"^(full|contact|customer|client|person|patient|employee|holder|owner)_?name$",
        public=True,
        join=_hyphened,
    ),
    "company": Identifier(
        r".+", "company", hint=r"^(company|firm|organi[sz]ation)(_?name)?$", public=True, join=_hyphened
    ),
    "street": Identifier(
        r".*\d.*", "street_address", hint=r"(^|_)(address|street|addr)(_?line)?_?1?$", join=_hyphened
    ),
    "city": Identifier(_WORDS, "city", hint=r"^(city|town)(_?name)?$", public=True, join=_hyphened),
}
"""The kinds of identifiers, in the order they are looked for."""


def recognise(texts: np.ndarray, column: str) -> str | None:
    """The kind of identifier that nearly all texts are.

    Args:
        texts: (texts,) distinct ones.
        column: The name of the column.
    """
    if len(texts) < _LEAST:
        return None
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|\W+", "_", column).lower()
    for kind, identifier in IDENTIFIERS.items():
        if re.search(identifier.hint, name) and identifier.share(texts) >= _least_share(identifier):
            return kind
    return None


def _least_share(identifier: Identifier) -> float:
    return 0.7 if identifier.hint else _SHARE
