"""What the files and folders of a job are called."""

SOURCE, SYNTHETIC, RESULT = "source", "synthetic", "result"
"""Folders of a job: the source's tables, the synthetic ones, and what the job makes."""
MODEL_FILE, INFO_FILE = "model.pt", "info.json"
FAMILIES_FILE = "families.npz"
"""Digests of the families a model has seen."""
REPORT_FILE, PDF_FILE = "report.json", "report.pdf"
