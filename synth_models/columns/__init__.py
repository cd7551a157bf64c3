"""Columns: values <-> numbers <-> tokens; one file per column type."""

import importlib
import pkgutil

from synth_models.columns.base import COLUMN_TYPES, Codec

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["COLUMN_TYPES", "Codec"]
