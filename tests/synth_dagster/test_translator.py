"""What the assets are called, and that users can change it."""

import re

import dagster as dg

from synth_dagster import Node, Role, SynthTranslator
from synth_dagster.translator import ROLE, TABLE

NODE = Node(role=Role.PUBLISHED, table="flights", icon="duckdb")


def test_keys_are_prefixed_by_the_synthesis() -> None:
    translator = SynthTranslator("demo")
    keys = [translator.key(Node(role=role, table="t")).to_user_string() for role in Role]
    assert keys == ["demo/source/t", "demo/model/t", "demo/synthetic/t", "demo/report/t", "demo/published/t"]
    assert translator.key(Node(role=Role.MODEL)).to_user_string() == "demo/model"


def test_keys_are_valid_whatever_the_table_is_called() -> None:
    def key(table: str) -> list[str]:
        return list(SynthTranslator("demo").key(Node(role=Role.SOURCE, table=table)).path[2:])

    assert key("sales.orders") == ["sales", "orders"]
    odd = [key(table) for table in ('select "x";', "select 'x';", "a/b", "a b", "a_b", "zoë", "a..b")]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", part) for parts in odd for part in parts)
    assert len({tuple(parts) for parts in odd}) == len(odd)
    assert key('select "x";')[0].startswith("select__x___")


def test_a_spec_has_everything() -> None:
    translator = SynthTranslator("demo", owners=["someone@example.com"], tags={"domain": "air"})
    spec = translator.spec(NODE, [Node(role=Role.SYNTHETIC, table="flights")])
    assert (spec.group_name, spec.owners, spec.kinds) == (
        "demo",
        ["someone@example.com"],
        {"duckdb", "table"},
    )
    assert spec.tags["domain"] == "air"
    assert spec.metadata[ROLE] == "published"
    assert spec.metadata[TABLE] == "flights"
    assert spec.code_version
    assert [dep.asset_key.to_user_string() for dep in spec.deps] == ["demo/synthetic/flights"]
    assert "flights" in (spec.description or "")


def test_kept_tables_say_so() -> None:
    spec = SynthTranslator("demo", group="else").spec(Node(role=Role.PUBLISHED, table="airports", kept=True))
    assert spec.tags["synth/kept"] == "true"
    assert "kept as it is" in (spec.description or "")
    assert spec.group_name == "else"


def test_a_user_may_override_it() -> None:
    class Mine(SynthTranslator):
        def key(self, node: Node) -> dg.AssetKey:
            return super().key(node).with_prefix("lake")

        def owners(self, node: Node) -> list[str]:
            return ["team:data"] if node.role == Role.PUBLISHED else []

    spec = Mine("demo").spec(NODE, [Node(role=Role.MODEL)])
    assert spec.key.to_user_string() == "lake/demo/published/flights"
    assert next(iter(spec.deps)).asset_key.path == ["lake", "demo", "model"]
    assert spec.owners == ["team:data"]
