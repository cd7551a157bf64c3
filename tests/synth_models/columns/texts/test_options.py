import pandas as pd
import pytest

from synth_models.columns.texts.options import TextMode, TextOptions
from synth_models.errors import SettingError

VALUES = pd.Series(["a"], name="note")


def test_defaults_and_a_way_through_a_file():
    made = TextOptions.of(VALUES, {"mode": "keep", "locale": "fr_FR"})
    assert (made.mode, made.identifier, made.min_count) == (TextMode.KEEP, "auto", 5)
    assert TextOptions.from_state(made.state()) == made


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "hide"}, "mode must be one of generate, keep, pseudonymise, exclude, got 'hide'"),
        ({"identifier": "mail"}, "identifier must be one of auto, none, email"),
        ({"max_categories": 0}, "max_categories must be"),
        ({"locale": "xx"}, "there is no locale 'xx'"),
        ({"min_count": 0}, "min_count must be"),
        ({"colour": 1}, "has no option 'colour'"),
    ],
)
def test_what_is_wrong_is_said(options: dict, message: str):
    with pytest.raises(SettingError, match=f"Column 'note': .*{message}"):
        TextOptions.of(VALUES, options)
