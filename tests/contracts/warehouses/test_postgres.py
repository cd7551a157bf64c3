"""What is PostgreSQL's own: its types, schemas, views, rights, locks and timeouts."""

import datetime as dt
import threading
from typing import Any

import pandas as pd
import pytest
from adbc_driver_postgresql import dbapi
from postgres_server import PASSWORD, PostgresServer

from synth_dagster.failure import WarehouseError
from synth_dagster.warehouse.base import Publication, WarehouseColumn, WarehouseKey, WarehouseTable
from synth_dagster.warehouse.postgres import PostgresWarehouse
from synth_dagster.warehouse.postgres_reader import PostgresReader

SECRET = "very-secret-value"
TYPES = {
    "s": ("smallint", "1", "integer"),
    "i": ("integer", "-2", "integer"),
    "b": ("bigint", "9007199254740993", "integer"),
    "w": ("numeric(12,0)", "12", "integer"),
    "n": ("numeric(10,2)", "1.25", "numeric"),
    "m": ("numeric", "1e3", "numeric"),
    "r": ("real", "0.5", "numeric"),
    "d": ("double precision", "0.1", "numeric"),
    "t": ("text", "'zoë'", "categorical"),
    "v": ("character varying(9)", "'word'", "categorical"),
    "c": ("character(4)", "'ab'", "categorical"),
    "o": ("boolean", "true", "boolean"),
    "da": ("date", "'2020-01-31'", "date"),
    "ts": ("timestamp(3) without time zone", "'2020-01-31 10:20:30.5'", "datetime"),
    "tz": ("timestamp with time zone", "'2020-07-01 12:00:00+02'", "datetime"),
    "ti": ("time without time zone", "'10:20:30'", "time"),
    "tt": ("time with time zone", "'12:20:30+02'", "time"),
    "iv": ("interval", "'1 day 01:00:00'", "duration"),
    "u": ("uuid", "'6fbd5e2a-0c1b-4b6f-9c6a-0123456789ab'", "categorical"),
    "j": ("json", """'{"a": 1}'""", "categorical"),
    "jb": ("jsonb", """'{"a": 1}'""", "categorical"),
    "ip": ("inet", "'10.0.0.1'", "categorical"),
}
VALUES = {
    "s": 1, "i": -2, "b": 9007199254740993, "w": 12, "n": 1.25, "m": 1000.0, "r": 0.5, "d": 0.1,
    "t": "zoë", "v": "word", "c": "ab", "o": True, "da": pd.Timestamp("2020-01-31"),
    "ts": pd.Timestamp("2020-01-31 10:20:30.5"), "tz": pd.Timestamp("2020-07-01 10:00"),
    "ti": dt.time(10, 20, 30), "tt": dt.time(10, 20, 30), "iv": pd.Timedelta("1 day 1 hour"),
    "u": "6fbd5e2a-0c1b-4b6f-9c6a-0123456789ab", "j": '{"a": 1}', "jb": '{"a": 1}', "ip": "10.0.0.1/32",
}  # fmt: skip
USERS = WarehouseTable(
    {"id": WarehouseColumn("integer", None, False), "name": WarehouseColumn("text", None)}, ("id",)
)


class Database:
    """A database of the test server."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.name = server.new_database()

    def run(self, *statements: str) -> None:
        self._server.execute(*statements, database=self.name)

    def warehouse(self, **settings: Any) -> PostgresWarehouse:
        return PostgresWarehouse(**(self._server.settings(self.name) | settings))

    def role(self, name: str) -> PostgresWarehouse:
        """The same database as a new user who has no rights."""
        self.run(f"CREATE ROLE {name}_{self.name} LOGIN PASSWORD '{SECRET}'")
        return self.warehouse(user=f"{name}_{self.name}", password=SECRET)


@pytest.fixture
def database(postgres: PostgresServer) -> Database:
    return Database(postgres)


def users(rows: int) -> Publication:
    frame = pd.DataFrame({"id": range(rows), "name": "n"})
    return Publication("users", USERS, lambda: frame)


def read(warehouse: PostgresWarehouse, table: str) -> pd.DataFrame:
    with warehouse.reading() as reader:
        return reader.read(table, reader.tables()[table].columns)


def test_every_type_is_read_and_published_as_it_is(database: Database) -> None:
    declared = ", ".join(f"{name} {sql}" for name, (sql, _, _) in TYPES.items())
    values = ", ".join(value for _, value, _ in TYPES.values())
    database.run(f"CREATE TABLE a ({declared})", f"INSERT INTO a VALUES ({values})")
    database.run("INSERT INTO a (s) VALUES (NULL)")
    warehouse, target = database.warehouse(), database.warehouse(schema_name="target")
    same = [name for name in TYPES if name != "tt"]  # whose zone becomes UTC
    with warehouse.reading() as reader:
        table = reader.tables()["a"]
        before = reader.contents("a", same)
    assert {n: c.sql for n, c in table.columns.items()} == {n: sql for n, (sql, _, _) in TYPES.items()}
    assert {n: c.kind for n, c in table.columns.items()} == {n: kind for n, (_, _, kind) in TYPES.items()}
    frame = read(warehouse, "a")
    whole = frame[frame["s"].notna()]
    assert {name: whole[name].iloc[0] for name in TYPES} == VALUES
    assert frame[frame["s"].isna()].isna().all(axis=None)
    target.publish([Publication("a", table, lambda: frame)])
    with target.reading() as reader:
        assert reader.tables()["a"] == table
        assert reader.contents("a", same) == before


def test_types_that_are_not_supported_have_no_kind(database: Database) -> None:
    database.run("CREATE TABLE a (b bytea, l integer[], r int4range, p point, x xml)")
    with database.warehouse().reading() as reader:
        assert {column.kind for column in reader.tables()["a"].columns.values()} == {None}


def test_domains_and_enums_are_what_is_below_them(database: Database) -> None:
    database.run(
        "CREATE DOMAIN amount AS numeric(10,2)",
        "CREATE DOMAIN price AS amount CHECK (VALUE > 0)",
        f"CREATE TYPE mood AS ENUM ('{SECRET}', 'sad')",
        "CREATE TABLE a (p price, m mood)",
        f"INSERT INTO a VALUES (1.5, '{SECRET}'), (NULL, NULL)",
    )
    with database.warehouse().reading() as reader:
        columns = reader.tables()["a"].columns
    assert columns["p"] == WarehouseColumn("numeric(10,2)", "numeric")
    assert columns["m"].kind == "categorical"
    assert SECRET not in columns["m"].label
    frame = read(database.warehouse(), "a")
    assert frame["m"].tolist() == [SECRET, None]
    database.warehouse(schema_name="out").publish([Publication("a", WarehouseTable(columns), lambda: frame)])
    with database.warehouse(schema_name="out").reading() as reader:
        assert [c.sql for c in reader.tables()["a"].columns.values()] == ["numeric(10,2)", "text"]


def test_infinite_times_are_missing(database: Database) -> None:
    database.run("CREATE TABLE a (t timestamptz, d date)", "INSERT INTO a VALUES ('infinity', '-infinity')")
    assert read(database.warehouse(), "a").isna().all(axis=None)


def test_views_and_partitioned_tables_are_sources(database: Database) -> None:
    database.run(
        "CREATE TABLE p (id integer PRIMARY KEY, x text) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
        "INSERT INTO p VALUES (1, 'a'), (2, 'b')",
        "CREATE VIEW v AS SELECT id, upper(x) AS x FROM p",
        "CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM p",
    )
    warehouse = database.warehouse()
    with warehouse.reading() as reader:
        tables = reader.tables()
        assert reader.contents("v", ["id", "x"]).rows == 2
    assert set(tables) == {"p", "v", "m"}
    assert tables["p"].primary_key == ("id",)
    assert read(warehouse, "v")["x"].tolist() == ["A", "B"]
    assert read(warehouse, "m")["n"].tolist() == [2]


def test_keys_go_across_schemas(database: Database) -> None:
    database.run(
        "CREATE SCHEMA sales",
        "CREATE SCHEMA staff",
        "CREATE TABLE staff.people (id integer PRIMARY KEY)",
        "CREATE TABLE sales.orders (id integer PRIMARY KEY, clerk integer REFERENCES staff.people)",
        "INSERT INTO staff.people VALUES (1)",
        "INSERT INTO sales.orders VALUES (1, 1)",
    )
    with database.warehouse(schema_name="sales").reading() as reader:
        assert reader.tables()["orders"].foreign_keys == (WarehouseKey(("clerk",), "staff.people", ("id",)),)
    both = database.warehouse(schemas=["sales", "staff"])
    assert both.place("sales.orders").endswith(": sales.orders")
    with both.reading() as reader:
        tables = reader.tables()
        frames = {name: reader.read(name, table.columns) for name, table in tables.items()}
    assert set(tables) == {"sales.orders", "staff.people"}
    assert tables["sales.orders"].foreign_keys[0].parent == "staff.people"
    other = Database(database._server).warehouse(schemas=["sales", "staff"])
    for _ in range(2):
        other.publish([Publication(name, tables[name], lambda name=name: frames[name]) for name in tables])
    with other.reading() as reader:
        assert reader.tables() == tables


def test_a_reading_cannot_write_and_is_of_one_moment(database: Database) -> None:
    database.run("CREATE TABLE a (x integer)", "INSERT INTO a VALUES (1)")
    with database.warehouse().reading() as reader:
        columns = reader.tables()["a"].columns
        database.run("INSERT INTO a VALUES (2)")
        assert reader.contents("a", ["x"]).rows == 1
        assert len(reader.read("a", columns)) == 1
        assert isinstance(reader, PostgresReader)
        with reader._connection.cursor() as cursor, pytest.raises(dbapi.Error, match="read-only transaction"):
            cursor.execute("DELETE FROM public.a")


@pytest.mark.parametrize("again", [False, True])
def test_a_table_that_vanishes_or_is_replaced_while_it_is_read(database: Database, again: bool) -> None:
    database.run("CREATE TABLE a (x integer)", "INSERT INTO a VALUES (1)")
    with database.warehouse().reading() as reader:
        columns = reader.tables()["a"].columns
        database.run("DROP TABLE a", *(["CREATE TABLE a (x integer)"] if again else []))
        with pytest.raises(WarehouseError, match="the table 'a' vanished or was replaced"):
            list(reader.batches("a", columns))
    database.run("DROP TABLE IF EXISTS a", "CREATE TABLE a (x integer)")
    with database.warehouse().reading() as reader:
        reader.tables()
        database.run("DROP TABLE a", *(["CREATE TABLE a (x integer)"] if again else []))
        with pytest.raises(WarehouseError, match="the table 'a' vanished or was replaced"):
            reader.contents("a", ["x"])


def test_a_user_without_rights_is_told_which(database: Database) -> None:
    database.run("CREATE TABLE a (x integer)")
    guest = database.role("guest")
    with guest.reading() as reader:
        columns = reader.tables()["a"].columns
        with pytest.raises(WarehouseError, match=r"no right to read table 'a'. Grant USAGE"):
            list(reader.batches("a", columns))
    with pytest.raises(WarehouseError, match=r"no right to write the tables. Grant CREATE"):
        guest.publish([users(1)])
    with pytest.raises(WarehouseError, match=r"no right to write the tables. Grant CREATE"):
        database.warehouse(user=guest.user, password=SECRET, schema_name="fresh").publish([users(1)])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"password": SECRET}, "does not let the user in"),
        ({"user": SECRET}, "does not let the user in"),
        ({"database": "nothing_here"}, "there is no such database"),
        ({"port": 1}, "it cannot be reached"),
        ({"host": "host.invalid"}, "it cannot be reached"),
        ({"sslmode": "sometimes"}, "the connection settings cannot be understood"),
        ({"sslmode": "require"}, "it cannot be reached"),
        ({"dsn": f"postgresql://me:{SECRET}@127.0.0.1:no"}, "the connection settings cannot be understood"),
        ({"dsn": f"host=127.0.0.1 port=1 password={SECRET}"}, "it cannot be reached"),
    ],
)
def test_why_there_is_no_way_in(database: Database, settings: dict[str, Any], says: str) -> None:
    with (
        pytest.raises(WarehouseError, match=says) as caught,
        database.warehouse(**settings).reading(),
    ):
        pass
    assert SECRET not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_dsn_is_as_good_as_settings(database: Database, postgres: PostgresServer) -> None:
    database.run("CREATE TABLE a (x integer)")
    database.role("guest")
    place = f"127.0.0.1:{postgres.port}/{database.name}"
    for dsn in (
        f"postgresql://guest_{database.name}:{SECRET}@{place}",
        f"postgresql://guest_{database.name}:{SECRET}@{place}?sslmode=prefer",
        f"host=127.0.0.1 port={postgres.port} dbname={database.name} user=guest_{database.name} "
        f"password={SECRET}",
    ):
        warehouse = PostgresWarehouse(dsn=dsn)
        with warehouse.reading() as reader:
            assert set(reader.tables()) == {"a"}
        assert SECRET not in f"{warehouse!r} {warehouse} {warehouse.place('a')} {warehouse._postgres!r}"


def test_waiting_has_an_end(database: Database) -> None:
    database.run("CREATE TABLE users (id integer)", "CREATE VIEW slow AS SELECT pg_sleep(5)::text AS x")
    with database.warehouse(statement_timeout_s=0.2).reading() as reader:
        columns = reader.tables()["slow"].columns
        with pytest.raises(WarehouseError, match="took longer than the statement timeout"):
            list(reader.batches("slow", columns))
    with database.warehouse().reading() as reader:
        reader.read("users", reader.tables()["users"].columns)  # which locks it against being dropped
        with pytest.raises(WarehouseError, match="locked for longer than wait_s"):
            database.warehouse(wait_s=0.2).publish([users(1)])


@pytest.mark.parametrize("keep", [0, 1])
def test_who_needs_the_old_tables_is_told(database: Database, keep: int) -> None:
    warehouse = database.warehouse()
    warehouse.publish([users(3)], keep)
    database.run("CREATE VIEW theirs AS SELECT * FROM users", "CREATE SCHEMA s")
    database.run("CREATE TABLE s.more (u integer REFERENCES users)")
    with pytest.raises(WarehouseError, match=r"because \['public.theirs', 's.more'\] refer to them"):
        warehouse.publish([users(4)], keep)
    assert len(read(warehouse, "users")) == 3
    database.run("DROP VIEW theirs", "DROP TABLE s.more")
    warehouse.publish([users(4)], keep)
    assert len(read(warehouse, "users")) == 4


@pytest.mark.parametrize("keep", [0, 1])
def test_a_view_in_the_way_is_told(database: Database, keep: int) -> None:
    database.run("CREATE VIEW users AS SELECT 1 AS id")
    with pytest.raises(WarehouseError, match="none of them is a view"):
        database.warehouse().publish([users(1)], keep)


@pytest.mark.parametrize("keep", [0, 1])
def test_who_could_read_an_old_table_can_read_the_new_one(database: Database, keep: int) -> None:
    warehouse, guest = database.warehouse(), database.role("guest")
    warehouse.publish([users(1)], keep)
    database.run(
        f"GRANT SELECT ON users TO guest_{database.name}", "GRANT SELECT, REFERENCES ON users TO PUBLIC"
    )
    for rows in (2, 3):
        warehouse.publish([users(rows)], keep)
        assert len(read(guest, "users")) == rows
    for version in warehouse.versions():  # which nobody may read who was not told that he may
        with guest.kept(version) as reader, pytest.raises(WarehouseError, match="no right to read"):
            list(reader.batches("users", reader.tables()["users"].columns))


def test_a_kept_version_that_somebody_needs_is_not_removed(database: Database) -> None:
    warehouse = database.warehouse()
    for rows in (1, 2):
        warehouse.publish([users(rows)], keep=1)
    (version,) = warehouse.versions()
    database.run(f"CREATE VIEW theirs AS SELECT * FROM public__v{version}.users")
    with pytest.raises(WarehouseError, match=r"because \['public.theirs'\] refer to them"):
        warehouse.publish([users(3)], keep=1)
    database.run("DROP VIEW theirs", f"CREATE SEQUENCE public__v{version}.theirs")
    with pytest.raises(WarehouseError, match=r"public__v.* cannot be replaced because other objects refer"):
        warehouse.publish([users(3)], keep=1)
    assert len(read(warehouse, "users")) == 2
    assert warehouse.versions() == [version]


def test_a_kept_table_holds_no_other_fast(database: Database) -> None:
    """What is kept refers to what is kept with it, and to nothing else."""
    warehouse = database.warehouse()
    table = WarehouseTable(
        {"id": WarehouseColumn("integer", None, False)}, ("id",), (WarehouseKey(("id",), "users", ()),)
    )
    orders = Publication("orders", table, lambda: pd.DataFrame({"id": [0]}))
    warehouse.publish([users(1), orders], keep=2)
    warehouse.publish([orders], keep=2)
    with warehouse.kept(warehouse.versions()[0]) as reader:
        assert reader.tables()["orders"].foreign_keys == ()
    warehouse.publish([users(2), orders], keep=2)
    assert len(read(warehouse, "users")) == 2


def test_versions_need_rights_and_room_in_names(database: Database) -> None:
    database.run("CREATE SCHEMA theirs")
    guest = database.role("guest")
    database.run(f"GRANT ALL ON SCHEMA theirs TO {guest.user}")
    modest = database.warehouse(user=guest.user, password=SECRET, schema_name="theirs")
    modest.publish([users(1)], keep=1)  # nothing is there to be kept
    with pytest.raises(WarehouseError, match=r"Grant CREATE on the schema \(on the database, if versions"):
        modest.publish([users(2)], keep=1)
    assert len(read(modest, "users")) == 1
    long = database.warehouse(schema_name="s" * 50)
    long.publish([users(1)], keep=1)
    with pytest.raises(WarehouseError, match="name of more than 63 bytes"):
        long.publish([users(2)], keep=1)
    assert len(read(long, "users")) == 1


def test_two_publications_at_once_come_one_after_the_other(database: Database) -> None:
    warehouse = database.warehouse()
    failed: list[Exception] = []

    def publish(rows: int) -> None:
        try:
            for _ in range(5):
                warehouse.publish([users(rows)])
        except WarehouseError as error:
            failed.append(error)

    threads = [threading.Thread(target=publish, args=(rows,)) for rows in (3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    assert len(read(warehouse, "users")) in (3, 4)


def test_published_constraints_have_plain_names(database: Database) -> None:
    warehouse = database.warehouse()
    for _ in range(2):
        warehouse.publish([users(1)])
    with pytest.raises(dbapi.Error, match='"users_pkey"'):
        database.run("INSERT INTO users VALUES (0, 'again')")
