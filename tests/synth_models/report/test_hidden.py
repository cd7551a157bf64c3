"""Nothing that rare-value protection hides is in PDF, JSON or pictures: planted values are looked for.

The same search finds them where the values are public (``min_count`` 1).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from pypdf import PdfReader

from synth_models.data.relational import RelationalData
from synth_models.data.schema import Schema, Table
from synth_models.report import Report
from synth_models.report import report as write_report

PEOPLE = 240
TOWN = "Magrathea"  # of four people
GOAL = "Zaphod"  # of eighty trips of one person
MEDAL = 31_337  # the value of a column that one person alone has, on fifty trips
FARE = 424_242  # of fifty trips of one person
COMMON = ("Islington", "Oslo")
SECRETS: Mapping[str, str] = {
    "a rare category": TOWN,
    "a category of one entity in many rows": GOAL,
    "the value of a column that few entities have": r"31[,.]?337",
    "a text": "Arthur",
    "a key": "ssn-",
}


@pytest.fixture(scope="module")
def data() -> RelationalData:
    rng = np.random.default_rng(0)
    people = pd.DataFrame(
        {
            "ssn": [f"ssn-{number:04d}" for number in range(PEOPLE)],
            "name": [f"Arthur{number}" for number in range(PEOPLE)],
            "town": [*[TOWN] * 4, *["Islington"] * (PEOPLE - 4)],
            "pay": np.linspace(100, 200, PEOPLE).round(2),
        }
    )
    person = np.r_[np.repeat(people["ssn"], 4), np.full(80, people["ssn"][7])]
    trips = pd.DataFrame(
        {
            "person": person,
            "to": [*rng.choice(["Rome", "Oslo"], 4 * PEOPLE), *[GOAL] * 80],
            "km": np.r_[rng.uniform(1, 9, 4 * PEOPLE), rng.uniform(1, 9, 80)],
            "fare": np.r_[rng.uniform(5, 20, 4 * PEOPLE), np.full(50, FARE), np.full(30, 9.0)],
            "medal": np.r_[np.full(4 * PEOPLE, np.nan), np.full(50, MEDAL), np.full(30, np.nan)],
        }
    )
    numbers = dict.fromkeys(("km", "fare", "medal"), "numeric")
    schema = Schema(
        {
            "people": Table({"ssn": "key", "name": "text", "town": "categorical", "pay": "numeric"}, "ssn"),
            "trips": Table({"person": "key", "to": "categorical", **numbers}, None, {"person": "people"}),
        }
    )
    return RelationalData({"people": people, "trips": trips}, schema)


@dataclass
class Told:
    """Everything that a reader of a report may see."""

    report: Report
    drawn: list[str]

    def everything(self) -> str:
        pages = "\n".join(page.extract_text() for page in PdfReader(self.report.pdf).pages)
        raw = b"".join(path.read_bytes() for path in self.report.figures.values())  # their metadata
        return "\n".join(
            [self.report.json.read_text(encoding="utf-8"), pages, *self.drawn, raw.decode("latin-1")]
        )


@pytest.fixture(scope="module", params=[5, 1], ids=["protected", "public"])
def told(
    request: pytest.FixtureRequest, data: RelationalData, tmp_path_factory: pytest.TempPathFactory
) -> tuple[bool, Told]:
    drawn: list[str] = []
    save = Figure.savefig

    def noting(figure: Figure, *args: Any, **options: Any) -> None:
        save(figure, *args, **options)
        drawn.extend(text.get_text() for text in figure.findobj(Text) if isinstance(text, Text))

    original, held_out = data.split(0.8, seed=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", noting)
        made = write_report(
            data, original, tmp_path_factory.mktemp("told"), holdout_data=held_out,
            min_count=request.param, progress=False,
        )  # fmt: skip
    return request.param > 1, Told(made, drawn)


@pytest.mark.parametrize("what", list(SECRETS))
def test_no_hidden_value_is_told(what: str, told: tuple[bool, Told]) -> None:
    protected, seen = told
    if protected:
        assert not re.search(SECRETS[what], seen.everything())
    elif what not in ("a text", "a key"):  # these are never told
        assert re.search(SECRETS[what], seen.everything())


def test_axes_end_where_enough_people_are(told: tuple[bool, Told]) -> None:
    protected, seen = told
    told_of = json.loads(seen.report.json.read_text(encoding="utf-8"))["tables"]["trips"]["columns"]
    edges = told_of["fare"]["bars"]["edges"]
    assert (max(edges) < 100) is protected


def test_what_many_have_is_told_in_pictures_and_json(told: tuple[bool, Told]) -> None:
    for name in COMMON:
        assert name in told[1].report.json.read_text(encoding="utf-8")
        assert name in told[1].drawn
