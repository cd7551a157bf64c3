"""What is said at the end of the demo."""

from synth_dagster.demo.summary import _aligned


def test_scores_are_aligned_for_a_terminal() -> None:
    table = "| score | value | |\n|---|---|---|\n| Column shapes | 0.961 | good |"
    first, second = _aligned(table)
    assert first.index("value") + len("value") == second.index("0.961") + len("0.961")
    assert "|" not in first + second
