"""Generative models of relational data: rows and foreign keys."""

from typing import TYPE_CHECKING, Any

from synth_models.choices import (
    GraphAggTypes,
    GraphMsgTypes,
    GraphUpdtTypes,
    HistoryTypes,
    MultiLevelAggTypes,
    Precision,
    SynthMode,
)
from synth_models.data.relational import RelationalData
from synth_models.data.schema import Column, ForeignKey, Schema, Table

if TYPE_CHECKING:
    from synth_models.load import load_model
    from synth_models.models.graph import GraphSynth
    from synth_models.models.multilevel import MultiLevelSynth

__all__ = [
    "Column",
    "ForeignKey",
    "GraphAggTypes",
    "GraphMsgTypes",
    "GraphSynth",
    "GraphUpdtTypes",
    "HistoryTypes",
    "MultiLevelAggTypes",
    "MultiLevelSynth",
    "Precision",
    "RelationalData",
    "Schema",
    "SynthMode",
    "Table",
    "load_model",
]


def __getattr__(name: str) -> Any:
    """The names that need PyTorch are imported when they are first used: a code location must load fast."""
    if name == "GraphSynth":
        from synth_models.models.graph import GraphSynth

        return GraphSynth
    if name == "MultiLevelSynth":
        from synth_models.models.multilevel import MultiLevelSynth

        return MultiLevelSynth
    if name == "load_model":
        from synth_models.load import load_model

        return load_model
    raise AttributeError(f"module 'synth_models' has no attribute '{name}'")
