"""What goes wrong with warehouses, in the same words whichever it is.

Messages of databases may quote values and secrets: they are never passed on, only the class of the error is.
"""

from synth_dagster.failure import WarehouseError


def unreadable(place: str, what: str, why: str, remedy: str = "") -> WarehouseError:
    """Something that is there cannot be read."""
    return WarehouseError(
        f"In the warehouse '{place}' {what} cannot be read ({why}). "
        f"{remedy or 'Leave out the column whose type cannot be converted, or try again.'}"
    )


def vanished(place: str, table: str) -> WarehouseError:
    """A table is gone, or another has taken its name."""
    return WarehouseError(
        f"In the warehouse '{place}' the table '{table}' vanished or was replaced while it was read. "
        f"Try again, or leave it out of the synthesis."
    )


def forbidden(place: str, what: str, right: str) -> WarehouseError:
    """The user has no right to it."""
    return WarehouseError(
        f"In the warehouse '{place}' the user has no right to {what}. Grant {right}, or use another user."
    )


def unfitting(table: str, why: str) -> WarehouseError:
    """Rows do not fit the types of their columns."""
    return WarehouseError(
        f"Table '{table}': its rows cannot be written with the types of the source ({why}). Nothing was "
        f"published. Check that the columns declared in the synthesis fit their types."
    )


def rule_broken(table: str, why: str) -> WarehouseError:
    """Rows break a key or another rule."""
    return WarehouseError(
        f"Table '{table}': its rows break a key, a NOT NULL or another rule of the table ({why}). Nothing "
        f"was published; the old tables are as they were. Look at the validity checks of the tables."
    )


def full(place: str) -> WarehouseError:
    """There is no room left."""
    return WarehouseError(
        f"The warehouse '{place}' has no room left. Nothing was published; the old tables are as they were. "
        f"Make room on its disk (old and new tables are there together for a moment), then try again."
    )


def referred(place: str, tables: list[str], by: list[str]) -> WarehouseError:
    """Somebody else's views or foreign keys need the old tables."""
    return WarehouseError(
        f"In the warehouse '{place}' the tables {tables} cannot be replaced because {by or 'other objects'} "
        f"refer to them. Nothing was published. Drop these foreign keys and views, or publish to a schema of "
        f"its own."
    )


def irreplaceable(place: str, why: str) -> WarehouseError:
    """The tables cannot be replaced, for another reason."""
    return WarehouseError(
        f"In the warehouse '{place}' the tables cannot be replaced ({why}). Nothing was published. Check "
        f"that none of them is a view, and that the user may write there."
    )
