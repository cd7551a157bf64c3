"""What the assets of one synthesis are called and how they are shown."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import final

import dagster as dg

ROLE, TABLE = "synth/role", "synth/table"
"""Metadata of every asset's definition: its place in the flow, and its table."""


class Role(StrEnum):
    """The place of an asset in the flow."""

    SOURCE = "source"
    MODEL = "model"
    SYNTHETIC = "synthetic"
    REPORT = "report"
    PUBLISHED = "published"


_MOST_KINDS = 3
_KINDS = {
    Role.SOURCE: {"table"},
    Role.MODEL: {"pytorch"},
    Role.SYNTHETIC: {"parquet", "table"},
    Role.REPORT: {"pdf", "json"},
    Role.PUBLISHED: {"table"},
}
_DESCRIPTIONS = {
    Role.SOURCE: "Snapshot of the table `{table}` of the warehouse, as the model is trained on it.",
    Role.MODEL: "The generative model of the rows and of the keys of all tables.",
    Role.SYNTHETIC: "The table `{table}` as the model draws it anew; staged, not yet published.",
    Role.REPORT: "How faithful and how private the synthetic tables are, as a PDF and as JSON.",
    Role.PUBLISHED: "The table `{table}` in the destination: synthetic rows.",
}
_KEPT = "The table `{table}` in the destination: a lookup table, kept as it is in the source."


@final
@dataclass(frozen=True, kw_only=True)
class Node:
    """What a translator is told of an asset.

    Args:
        role: Its place in the flow.
        table: The table, for the roles that have one asset per table.
        kept: Whether the table is a lookup table that is kept as it is.
        icon: What the warehouse is that the table is in, as a kind of Dagster.
    """

    role: Role
    table: str | None = None
    kept: bool = False
    icon: str | None = None


class SynthTranslator:
    """Keys, groups, owners and tags of the assets of one synthesis; override a method to change one of them.

    Args:
        name: The name of the synthesis: the first part of every key, and the group.
        group: Another group name.
        owners: Owners of every asset (``someone@example.com`` or ``team:name``).
        tags: Tags of every asset.
        kinds: Kinds of every asset, before those it has anyway; Dagster shows three.

    Example:
        >>> translator = SynthTranslator("demo")
        >>> translator.key(Node(role=Role.SOURCE, table="flights")).to_user_string()
        'demo/source/flights'
    """

    def __init__(
        self,
        name: str,
        *,
        group: str | None = None,
        owners: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        kinds: Sequence[str] = (),
    ) -> None:
        self.name = name
        self._group = group or name
        self._owners = tuple(owners)
        self._tags = dict(tags or {})
        self._kinds = tuple(kinds)

    def key(self, node: Node) -> dg.AssetKey:
        """The asset's key: ``<name>/<role>`` or ``<name>/<role>/<table>``.

        A table that is called ``schema.table`` has two parts. Dagster's keys are made of letters, digits,
        ``-`` and ``_``: a part with anything else gets a few digits that keep it apart from others.
        """
        parts = node.table.split(".") if node.table else []
        return dg.AssetKey([self.name, node.role.value, *map(_valid_part, parts)])

    def description(self, node: Node) -> str:
        """What the asset's page says first."""
        text = _KEPT if node.kept and node.role == Role.PUBLISHED else _DESCRIPTIONS[node.role]
        return text.format(table=node.table)

    def group(self, node: Node) -> str:
        """The asset's group."""
        return self._group

    def kinds(self, node: Node) -> set[str]:
        """The icons on the asset's box."""
        own = [*self._kinds, *([node.icon] if node.icon else []), *sorted(_KINDS[node.role])]
        return set(list(dict.fromkeys(own))[:_MOST_KINDS])

    def owners(self, node: Node) -> Sequence[str]:
        """Who answers for the asset."""
        return self._owners

    def tags(self, node: Node) -> Mapping[str, str]:
        """The asset's tags; the library adds what role the asset plays and whether its table is kept."""
        own = {ROLE: node.role.value, **({"synth/kept": "true"} if node.kept else {})}
        return {**own, **self._tags}

    def spec(self, node: Node, deps: Sequence[Node] = ()) -> dg.AssetSpec:
        """Everything above together."""
        return dg.AssetSpec(
            key=self.key(node),
            deps=[self.key(dep) for dep in deps],
            description=self.description(node),
            group_name=self.group(node),
            kinds=self.kinds(node),
            owners=list(self.owners(node)),
            tags=self.tags(node),
            code_version=code_version(),
            metadata={ROLE: node.role.value, **({TABLE: node.table} if node.table else {})},
            skippable=True,
        )


def _valid_part(part: str) -> str:
    """A part of a table's name as a key may have it."""
    if re.fullmatch(r"[A-Za-z0-9_-]+", part):
        return part
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', part)}_{sha256(part.encode()).hexdigest()[:6]}"


def code_version() -> str:
    """The version of this distribution: the code version of every asset."""
    try:
        return version("synth-dagster")
    except PackageNotFoundError:
        return "source"
