"""Where the real tables live and the synthetic ones go; a backend is ``<backend>.py`` and what it needs."""

import importlib
import pkgutil

from synth_dagster.warehouse.base import WAREHOUSES, Warehouse

for _module in pkgutil.iter_modules(__path__):
    if _module.name != "choice":  # which is made of all the backends
        importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["WAREHOUSES", "Warehouse"]
