"""Names say what a column is a key of, in the spellings people use."""

import pytest

from synth_models.data.infer_names import Name, named_after, same_key, same_table, table_words, without_prefix


@pytest.mark.parametrize(
    ("column", "table"),
    [
        *[
            ("user_id", "users"),
            ("userId", "Users"),
            ("UserID", "user"),
            ("id_user", "users"),
            ("fk_user", "user"),
        ],
        *[
            ("user_code", "users"),
            ("userid", "users"),
            ("mediatype_id", "media_type"),
            ("category_id", "categories"),
        ],
        *[
            ("address_id", "addresses"),
            ("person_id", "people"),
            ("box_no", "boxes"),
            ("usuário_id", "usuários"),
        ],
    ],
)
def test_a_key_is_named_after_its_table(column: str, table: str) -> None:
    assert named_after(Name(column), table_words([table])[table]) == 1


@pytest.mark.parametrize(
    ("column", "table", "least"),
    [
        *[("user", "users", 0.9), ("home_team_id", "teams", 0.9), ("home_team", "teams", 0.7)],
        *[
            ("redemption_id", "coupon_redemption", 0.7),
            ("cust_id", "customers", 0.6),
            ("dept_no", "departments", 0.6),
        ],
        ("o_custkey", "customer", 0.6),
    ],
)
def test_a_key_may_be_named_after_a_part_of_its_table(column: str, table: str, least: float) -> None:
    assert least <= named_after(Name(column), table_words([table])[table]) < 1


@pytest.mark.parametrize(
    ("column", "table"),
    [
        *[("users", "users"), ("num_users", "users"), ("user_count", "users"), ("user_name", "users")],
        *[("valid", "users"), ("address", "users"), ("total", "totals"), ("status", "users")],
    ],
)
def test_counts_and_content_are_not_named_after_a_table(column: str, table: str) -> None:
    assert named_after(Name(column), table_words([table])[table]) == 0


def test_a_key_may_be_named_like_the_primary_key() -> None:
    assert same_key(Name("carrier"), Name("carrier")) == 0.95
    assert same_key(Name("atom1_id"), Name("atom_id")) == 0.95
    assert same_key(Name("original_language_id"), Name("language_id")) == 0.9
    assert same_key(Name("p_id_dummy"), Name("p_id")) == 0.8
    assert same_key(Name("user_id"), Name("id")) == same_key(Name("id"), Name("id")) == 0


def test_a_key_may_lead_to_its_own_table() -> None:
    assert all(
        same_table(Name(name), ("topic",)) for name in ("parent_id", "parent", "previous_topic", "reply_to")
    )
    assert same_table(Name("manager_id"), ("employee",))
    assert not same_table(Name("manager_id"), ("department",))


def test_words_that_all_tables_share_say_nothing() -> None:
    names = ["olist_orders_dataset", "olist_items_dataset", "olist_sellers_dataset"]
    assert table_words(names) == dict(zip(names, [("order",), ("item",), ("seller",)], strict=True))
    assert table_words(["sales.dim_customer"]) == {"sales.dim_customer": ("customer",)}
    assert table_words(["t"]) == {"t": ("t",)}


def test_a_short_prefix_of_all_columns_says_nothing() -> None:
    assert list(without_prefix(["l_orderkey", "l_partkey", "l_tax"]).values()) == [
        "orderkey",
        "partkey",
        "tax",
    ]
    plain = ["user_id", "user_age", "user_name"]
    assert list(without_prefix(plain)) == list(without_prefix(plain).values()) == plain
    assert without_prefix(["a_b", "c", "a_d"]) == {"a_b": "a_b", "c": "c", "a_d": "a_d"}


def test_any_text_is_a_name() -> None:
    for text in ("", "_", "1", "ID", "a b.c", "名前", "ß", "__x__"):
        name = Name(text)
        assert named_after(name, ("user",)) == 0
        assert len(name.stem) <= len(name.words)
