"""The appendix: what each score is and how it is computed."""

from synth_models.report.metrics import METRICS
from synth_models.report.pdf import Paper


def appendix(paper: Paper) -> None:
    """What each score is and how it is computed."""
    paper.add_page()
    paper.heading("Appendix: definitions")
    for metric in sorted((METRICS.get(name)() for name in METRICS.names()), key=lambda m: m.rank):
        paper.need(18)
        paper.write_line(f"{metric.title}  ({metric.name}, best {metric.goal:g})", size=8, bold=True)
        paper.write_line(metric.definition, size=7.5)
        paper.ln(1.5)
    for name, text in _TERMS:
        paper.need(18)
        paper.write_line(name, size=8, bold=True)
        paper.write_line(text, size=7.5)
        paper.ln(1.5)


_TERMS = (
    (
        "Ceiling",
        "The same metric for held-out real data against an equally large part of the original, or, if "
        "there are no held-out data, for one half of the original against the other half, split by "
        "families of rows that belong together. The halves are smaller than the original, so that "
        "synthetic data can score above the ceiling.",
    ),
    (
        "Floor",
        "For validity, fidelity and structure: the original with every column shuffled by itself and every "
        "foreign key drawn uniformly from the parents. For privacy: the original itself, as if it were "
        "synthetic.",
    ),
    (
        "Marks",
        "By where a score stands between floor (0) and ceiling (1): good from 0.75, fair from 0.4; copies: "
        "good from 0.99, fair from 0.97. Nearer to training rows: good within 0.03 of the ceiling, fair "
        "within 0.07. Validity is also good (fair) within 0.005 (0.02) of the ceiling; column shapes, "
        "children per parent and siblings within 0.03 (0.1). Where the floor is less than 0.02 below the "
        "ceiling, or less than chance moves a score, other scores cannot be told. A score that is no farther "
        "below the ceiling than chance explains in one of a hundred cases is marked a step better; one of "
        "privacy that is farther is fair at best. Beyond its limit a score is poor.",
    ),
    (
        "Dependence of two columns",
        "Pearson's correlation of two numbers or times (-1 to 1), the correlation ratio of a number and a "
        "category, Cramér's V of two categories (0 to 1); 20 categories at most, rows that lack a value "
        "left out.",
    ),
    (
        "What is not shown",
        "Categories, bars and cells that fewer than twice min_count entities (root rows) share (10 "
        "unless set otherwise); numbers beyond the 0.5 % and 99.5 % quantiles, or beyond what so many "
        "entities reach; text, except for its length and how many different values there are; keys.",
    ),
)
