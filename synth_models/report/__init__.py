"""The report: every metric of synthetic data beside its ceiling and floor, as PDF, JSON and pictures."""
