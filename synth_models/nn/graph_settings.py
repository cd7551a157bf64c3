"""Sizes and options of the graph networks."""

from dataclasses import dataclass
from typing import final

from synth_models.errors import SettingError, report_all
from synth_models.nn.graph_aggregators import GRAPH_AGGREGATORS
from synth_models.nn.messengers import GRAPH_MESSENGERS
from synth_models.nn.updaters import GRAPH_UPDATERS


@final
@dataclass(frozen=True, kw_only=True)
class GraphSettings:
    """Sizes and options, after the documented parameters of ``GraphSynth``.

    Args:
        messenger, aggregator, updater: Registered names.
        n_graph_layers: How many keys away a row knows of the structure.
        d: Length of a row's state.

    Raises:
        SettingError: Naming every parameter out of its range.
        UnknownNameError: For an unknown messenger, aggregator or updater.
    """

    messenger: str = "graph_conv"
    aggregator: str = "mean"
    updater: str = "gru"
    n_graph_layers: int = 3
    d: int = 32

    def __post_init__(self) -> None:
        GRAPH_MESSENGERS.get(self.messenger)
        GRAPH_AGGREGATORS.get(self.aggregator)
        GRAPH_UPDATERS.get(self.updater)
        faults = [
            f"{name}: expected a whole number of at least {least}, got {value}."
            for name, value, least in (("n_graph_layers", self.n_graph_layers, 0), ("d", self.d, 1))
            if not isinstance(value, int) or value < least
        ]
        report_all(SettingError, "The model's parameters", faults)
