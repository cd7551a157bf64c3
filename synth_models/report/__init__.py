"""The report: every metric of synthetic data beside its ceiling and floor, as PDF, JSON and pictures."""

from synth_models.report.score import Mark, Score
from synth_models.report.verdict import Verdict
from synth_models.report.write import Report, report

__all__ = ["Mark", "Report", "Score", "Verdict", "report"]
