"""``MultiLevelSynth``: tables from the roots to the leaves."""

from collections.abc import Mapping, Sequence
from typing import Any, final

from synth_models.choices import HistoryTypes, MultiLevelAggTypes
from synth_models.data.schema import Schema
from synth_models.models.model import MODELS, Model
from synth_models.nn.aggregators import MULTILEVEL_AGGREGATORS
from synth_models.nn.encoder import MultiLevelEncoder
from synth_models.nn.history import HISTORIES
from synth_models.nn.multilevel_decoder import MultiLevelDecoder
from synth_models.nn.settings import NetSettings
from synth_models.sampling.multilevel import MultiLevelSampler


@MODELS.register("multilevel")
@final
class MultiLevelSynth(Model):
    """A model of tables in a hierarchy: a row is drawn given its parents and its earlier siblings.

    Every row is a sequence of steps (numbers of children, further keys, columns as discrete tokens), each
    drawn given those before it, the row's ancestors, a summary of its earlier siblings, and a latent of its
    parent.

    Args:
        schema: The tables.
        hidden_units: Hidden units of the networks of each step and of the row encoders, layer by layer.
        aggregator: How children are summarised for their parent's latent: ``leaf``, ``gaussian`` or
            ``add_attention``.
        d_latent: Dimension of the latent of a row; one number, or one per table.
        d_link: Dimension of the vectors that rows and candidate parents are compared by.
        temp: Temperature of the choice of foreign keys: below 1 sharper, above 1 flatter.
        hidden_units_fks: Hidden units of the networks that make these vectors, layer by layer.
        history: What a row is told of its earlier siblings: ``prefix`` (running means), ``gru`` or
            ``attention`` (to the last 16).

    Raises:
        SettingError: Naming every parameter out of its range.
        UnknownNameError: For an unknown aggregator or history.

    Example:
        >>> from synth_models.testing import shop
        >>> data = shop(40)
        >>> model = MultiLevelSynth(data.schema)
        >>> model.train(data, n_epochs=1, tensorboard_dir=None, progress=False)
        >>> len(model.sample(progress=False)["users"]) == len(data["users"])
        True
    """

    name = "multilevel"

    def __init__(
        self,
        schema: Schema,
        hidden_units: Sequence[int] = (32, 32),
        aggregator: MultiLevelAggTypes | str = MultiLevelAggTypes.ADD_ATTENTION,
        d_latent: int | Mapping[str, int] = 8,
        d_link: int = 10,
        temp: float = 1.0,
        hidden_units_fks: Sequence[int] = (128,),
        *,
        history: HistoryTypes | str = HistoryTypes.PREFIX,
    ) -> None:
        MULTILEVEL_AGGREGATORS.get(aggregator)
        HISTORIES.get(history)
        self._settings = NetSettings(
            hidden_units=tuple(hidden_units),
            aggregator=str(aggregator),
            d_latent=dict(d_latent) if isinstance(d_latent, Mapping) else d_latent,
            d_link=d_link,
            temp=temp,
            hidden_units_fks=tuple(hidden_units_fks),
            history=str(history),
        )
        super().__init__(
            MultiLevelEncoder(schema, self._settings),
            MultiLevelDecoder(self._settings),
            MultiLevelSampler(temp),
        )

    def settings(self) -> dict[str, Any]:
        """See ``Model``."""
        return self._settings.to_dict()
