"""The metrics: one file each, registered by being in this folder."""

import importlib
import pkgutil

from synth_models.report.metrics.base import METRICS, Measurement, Metric, Trial

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["METRICS", "Measurement", "Metric", "Trial"]
