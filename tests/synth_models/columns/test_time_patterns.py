import datetime as dt

import numpy as np
import pandas as pd
import pytest

from synth_models.columns.time_patterns import find_pattern, moments
from synth_models.errors import SettingError


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["2021-02-03"], ("%Y-%m-%d", 0, "", "")),
        (["2021-02-03 04:05"], ("%Y-%m-%d %H:%M", 0, "", "")),
        (["2021-02-03T04:05:06.12Z"], ("%Y-%m-%dT%H:%M:%S.%f", 2, "Z", "UTC")),
        (["03/02/2021", "04/30/2021"], ("%m/%d/%Y", 0, "", "")),
        (["03/02/2021", "30/04/2021"], ("%d/%m/%Y", 0, "", "")),
        (["3/2/2021", "4/30/2021"], ("%-m/%-d/%Y", 0, "", "")),
        (["2021-02-03 04:05:06-05:30"], ("%Y-%m-%d %H:%M:%S", 0, "-05:30", "UTC-05:30")),
        ([], ("%Y-%m-%d", 0, "", "")),
    ],
)
def test_patterns(texts: list[str], found: tuple[str, int, str, str]):
    assert find_pattern(pd.Series(texts, dtype=object), None, "x") == found


def test_a_known_pattern_decides():
    assert find_pattern(pd.Series(["03/02/2021"]), "%d/%m/%Y", "x")[0] == "%d/%m/%Y"


def test_a_wrong_pattern_is_refused_without_a_value():
    with pytest.raises(
        SettingError, match="Column 'x': not all of its values follow the format '%Y-%m-%d'"
    ) as caught:
        find_pattern(pd.Series(["03/02/2021"]), "%Y-%m-%d", "x")
    assert "03/02" not in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("%Y-%m-%d", ["1066-10-14", "9999-12-31", "2020-01-01"]),
        ("%d.%m.%Y %H:%M", ["14.10.1066 08:00", "31.12.9999 23:59"]),
        (None, ["1066-10-14", "9999-12-31T23:59:59", "2020-01-01"]),
    ],
)
def test_years_far_away(pattern: str | None, texts: list[str]):
    found = moments(pd.Series(texts, dtype=object), pattern)
    expected = [
        dt.datetime.fromisoformat(t) if pattern is None else dt.datetime.strptime(t, pattern) for t in texts
    ]
    assert found.astype(object).tolist() == expected
    assert pattern is None or find_pattern(pd.Series(texts), None, "x")[0] == pattern


def test_objects_and_what_is_no_moment():
    made = moments(
        pd.Series([dt.date(1066, 10, 14), dt.datetime(9999, 1, 1, tzinfo=dt.UTC), "soon", 7], dtype=object)
    )
    assert np.isnat(made).tolist() == [False, False, True, True]
