"""``GraphSynth``: all tables at once, over the graph of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, final

from synth_models.choices import GraphAggTypes, GraphMsgTypes, GraphUpdtTypes, HistoryTypes
from synth_models.data.schema import Schema
from synth_models.models.model import MODELS, Model
from synth_models.nn.graph_decoder import GraphDecoder
from synth_models.nn.graph_encoder import GraphEncoder
from synth_models.nn.graph_settings import GraphSettings
from synth_models.nn.history import HISTORIES
from synth_models.nn.settings import NetSettings
from synth_models.sampling.graph import GraphSampler
from synth_models.training.graph_loss import graph_losses
from synth_models.training.trainer import Trainer


@MODELS.register("graph")
@final
class GraphSynth(Model):
    """A model of tables in any relation: the keys of all tables, then attributes that fit them.

    The graph of rows and keys is that of a draft of whole rows, or a given one. Then every row draws its
    attributes anew given the structure around it, up and down the keys, which graph layers tell it, and given
    the attributes of the rows drawn before it.

    Args:
        schema: The tables.
        hidden_units: Hidden units of the networks of each step and of the row encoders, layer by layer.
        messenger: What rows send along a key: ``copy`` or ``graph_conv``.
        aggregator: How a row aggregates what its children send: ``sum``, ``mean``, ``add_attention`` or
            ``dot_attention``.
        updater: How the state of a row changes by what it was told: ``msg`` or ``gru``.
        n_graph_layers: Graph layers: how many keys away a row knows of the structure.
        d: Length of the state of a row.
        d_latent: Dimension of the latent of a row; one number, or one per table.
        d_link: Dimension of the vectors that rows and candidate parents are compared by.
        temp: Temperature of the choice of foreign keys: below 1 sharper, above 1 flatter.
        hidden_units_fks: Hidden units of the networks that make these vectors, layer by layer.
        history: What a row is told of its earlier siblings: ``prefix`` (running means), ``gru`` or
            ``attention`` (to the last 16).

    Raises:
        SettingError: Naming every parameter out of its range.
        UnknownNameError: For an unknown messenger, aggregator, updater or history.

    Example:
        >>> from synth_models.testing import shop
        >>> data = shop(40)
        >>> model = GraphSynth(data.schema)
        >>> model.train(data, n_epochs=1, tensorboard_dir=None, progress=False)
        >>> made = model.sample(data, mode="original_fks", progress=False)
        >>> (made.links["orders", "user"] == data.links["orders", "user"]).all()
        np.True_
    """

    name = "graph"

    def __init__(
        self,
        schema: Schema,
        hidden_units: Sequence[int] = (32, 32),
        messenger: GraphMsgTypes | str = GraphMsgTypes.GRAPH_CONV,
        aggregator: GraphAggTypes | str = GraphAggTypes.MEAN,
        updater: GraphUpdtTypes | str = GraphUpdtTypes.GRU,
        n_graph_layers: int = 3,
        d: int = 32,
        d_latent: int | Mapping[str, int] = 8,
        d_link: int = 10,
        temp: float = 1.0,
        hidden_units_fks: Sequence[int] = (128,),
        *,
        history: HistoryTypes | str = HistoryTypes.PREFIX,
    ) -> None:
        HISTORIES.get(history)
        graph = GraphSettings(
            messenger=str(messenger),
            aggregator=str(aggregator),
            updater=str(updater),
            n_graph_layers=n_graph_layers,
            d=d,
        )
        sizes = NetSettings(
            hidden_units=tuple(hidden_units),
            d_latent=dict(d_latent) if isinstance(d_latent, Mapping) else d_latent,
            d_link=d_link,
            temp=temp,
            hidden_units_fks=tuple(hidden_units_fks),
            history=str(history),
        )
        super().__init__(
            GraphEncoder(schema, sizes, graph),
            GraphDecoder(sizes, graph),
            GraphSampler(temp),
            Trainer(graph_losses),
        )
        self._settings = {**sizes.to_dict(), **asdict(graph)}

    def settings(self) -> dict[str, Any]:
        """See ``Model``."""
        return dict(self._settings)
