"""The options that ship with the library, as enums for autocompletion; plain strings work as well."""

from enum import StrEnum


class SynthMode(StrEnum):
    """How ``Model.sample`` makes the foreign keys."""

    SAMPLE_FKS = "sample_fks"
    ORIGINAL_FKS = "original_fks"


class Precision(StrEnum):
    """What ``Model.train`` computes losses in: float32, or bfloat16 where it is precise enough."""

    FP32 = "fp32"
    BF16 = "bf16"


class MultiLevelAggTypes(StrEnum):
    """How ``MultiLevelSynth`` summarises the children of a row for its latent."""

    LEAF = "leaf"
    GAUSSIAN = "gaussian"
    ADD_ATTENTION = "add_attention"


class HistoryTypes(StrEnum):
    """What a row is told of its earlier siblings: running means, a recurrent memory, or the last 16."""

    PREFIX = "prefix"
    GRU = "gru"
    ATTENTION = "attention"


class GraphMsgTypes(StrEnum):
    """What ``GraphSynth`` sends along a foreign key: the state of a row as it is, or a linear map of it."""

    COPY = "copy"
    GRAPH_CONV = "graph_conv"


class GraphAggTypes(StrEnum):
    """How ``GraphSynth`` aggregates the messages that a row gets from its children."""

    SUM = "sum"
    MEAN = "mean"
    ADD_ATTENTION = "add_attention"
    DOT_ATTENTION = "dot_attention"


class GraphUpdtTypes(StrEnum):
    """How ``GraphSynth`` updates the state of a row from its messages: by them alone, or by a gated unit."""

    MSG = "msg"
    GRU = "gru"
