"""What is learned of a column of texts, but for what its tokens mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from synth_models.columns.texts.format import TextFormat
from synth_models.columns.texts.options import TextMode, TextOptions
from synth_models.columns.texts.repeats import Repeats
from synth_models.columns.texts.writers import writer_from_state, writer_state
from synth_models.columns.texts.writing import Writer


@final
@dataclass(frozen=True)
class TextModel:
    """All about a column of texts but what its tokens mean.

    Args:
        name: The column.
        options: Its options.
        form: The dtype it comes in.
        keeps: Whether texts that many entities share are stored.
        missing: Whether texts can be missing.
        writer: Makes up the others.
        repeats: How often those repeat.
    """

    name: str
    options: TextOptions
    form: TextFormat
    keeps: bool
    missing: bool
    writer: Writer
    repeats: Repeats

    def write(self, shapes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Texts of these shapes. Shapes: (rows,) -> (rows,) objects."""
        if self.options.mode is TextMode.KEEP:
            return self.writer.write(shapes, rng)
        value, shape = self.repeats.draw(shapes, rng)
        return self.writer.write(shape, rng)[value]

    def state(self) -> dict[str, Any]:
        """Plain data and tensors."""
        return {
            "name": self.name,
            "options": self.options.state(),
            "form": self.form.state(),
            "keeps": self.keeps,
            "missing": self.missing,
            "writer": writer_state(self.writer),
            "repeats": self.repeats.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "TextModel":
        """The inverse of ``state``."""
        return cls(
            state["name"],
            TextOptions.from_state(state["options"]),
            TextFormat.from_state(state["form"]),
            state["keeps"],
            state["missing"],
            writer_from_state(state["writer"]),
            Repeats.from_state(state["repeats"]),
        )
