"""What can be asked of a text column."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, final

import pandas as pd

from synth_models.columns.base import MIN_COUNT, check_options, checked_min_count
from synth_models.columns.texts.identifiers import IDENTIFIERS
from synth_models.columns.texts.locales import check_locale
from synth_models.errors import SettingError

MAX_CATEGORIES = 400
AUTO, NONE = "auto", "none"


class TextMode(StrEnum):
    """What becomes of the texts of a column."""

    GENERATE = "generate"
    KEEP = "keep"
    PSEUDONYMISE = "pseudonymise"
    EXCLUDE = "exclude"


@final
@dataclass(frozen=True)
class TextOptions:
    """The options of a text column.

    Args:
        min_count: How many entities must share a text before it may be stored.
        max_categories: How many such texts are stored at most.
        mode: What becomes of the texts, see ``TextMode``.
        identifier: Their kind (see ``IDENTIFIERS``), ``none``, or ``auto`` to have it recognised.
        locale: Faker's locale of made-up identifiers; None to have it guessed.
    """

    min_count: int = MIN_COUNT
    max_categories: int = MAX_CATEGORIES
    mode: TextMode = TextMode.GENERATE
    identifier: str = AUTO
    locale: str | None = None

    @classmethod
    def of(cls, values: pd.Series, options: Mapping[str, Any]) -> "TextOptions":
        """The options given for a column.

        Raises:
            SettingError: If one is unknown or out of range.
        """
        check_options("text", values, options, tuple(cls.__dataclass_fields__))
        made = {**asdict(cls()), **options}
        checked_min_count(values, made["min_count"])
        most = made["max_categories"]
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise SettingError(
                f"Column '{values.name}': max_categories must be a whole number of at least 1, got {most!r}. "
                f"Mend it."
            )
        _check_one_of(values, "mode", made["mode"], tuple(TextMode))
        _check_one_of(values, "identifier", made["identifier"], (AUTO, NONE, *IDENTIFIERS))
        if made["locale"] is not None:
            check_locale(str(values.name), made["locale"])
        return cls(**{**made, "mode": TextMode(made["mode"])})

    def state(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "mode": str(self.mode)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "TextOptions":
        """The inverse of ``state``."""
        return cls(**{**state, "mode": TextMode(state["mode"])})


def _check_one_of(values: pd.Series, option: str, found: Any, known: tuple[str, ...]) -> None:
    if found not in known:
        raise SettingError(
            f"Column '{values.name}': {option} must be one of {', '.join(known)}, got {found!r}. Choose one."
        )
