"""The options that ship with the library, as enums for autocompletion; plain strings work as well."""

from enum import StrEnum


class SynthMode(StrEnum):
    """How ``Model.sample`` makes the foreign keys."""

    SAMPLE_FKS = "sample_fks"
    ORIGINAL_FKS = "original_fks"


class MultiLevelAggTypes(StrEnum):
    """How ``MultiLevelSynth`` summarises the children of a row for its latent."""

    LEAF = "leaf"
    GAUSSIAN = "gaussian"
    ADD_ATTENTION = "add_attention"
