import io

import numpy as np
import pandas as pd
import torch

from synth_models.columns.text import TextCodec


def test_real_texts_are_never_written():
    values = pd.Series([f"Dear customer {n}, ..." for n in range(40)], name="letter")
    codec = TextCodec.fit(values)
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    assert made.str.fullmatch(r"letter_\d+").all()
    buffer = io.BytesIO()
    torch.save(codec.state(), buffer)
    assert b"Dear" not in buffer.getvalue()


def test_frequent_texts_are():
    values = pd.Series(["out of stock", None] * 9 + ["on its way"] * 9)
    codec = TextCodec.fit(values)
    made = codec.decode(codec.encode(values), np.random.default_rng(0))
    pd.testing.assert_series_equal(made, values)
