import pandas as pd
import pytest

from synth_models.columns.time_patterns import find_pattern
from synth_models.errors import SettingError


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["2021-02-03"], ("%Y-%m-%d", 0, "", 0)),
        (["2021-02-03 04:05"], ("%Y-%m-%d %H:%M", 0, "", 0)),
        (["2021-02-03T04:05:06.12Z"], ("%Y-%m-%dT%H:%M:%S.%f", 2, "Z", 0)),
        (["03/02/2021", "04/30/2021"], ("%m/%d/%Y", 0, "", 0)),
        (["03/02/2021", "30/04/2021"], ("%d/%m/%Y", 0, "", 0)),
        (["3/2/2021", "4/30/2021"], ("%-m/%-d/%Y", 0, "", 0)),
        (["2021-02-03 04:05:06-05:30"], ("%Y-%m-%d %H:%M:%S", 0, "-05:30", -19_800)),
        ([], ("%Y-%m-%d", 0, "", 0)),
    ],
)
def test_patterns(texts: list[str], found: tuple[str, int, str, int]):
    assert find_pattern(pd.Series(texts, dtype=object), None, "x") == found


def test_a_known_pattern_decides():
    assert find_pattern(pd.Series(["03/02/2021"]), "%d/%m/%Y", "x")[0] == "%d/%m/%Y"


def test_a_wrong_pattern_is_refused_without_a_value():
    with pytest.raises(
        SettingError, match="Column 'x': not all of its values follow the format '%Y-%m-%d'"
    ) as caught:
        find_pattern(pd.Series(["03/02/2021"]), "%Y-%m-%d", "x")
    assert "03/02" not in str(caught.value)
