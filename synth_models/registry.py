"""A typed mapping from a name to a class, with an error that helps."""

import difflib
from collections.abc import Callable
from typing import Generic, TypeVar, cast, final

from synth_models.errors import UnknownNameError

T = TypeVar("T")
C = TypeVar("C", bound=type)


@final
class Registry(Generic[T]):
    """What is there under which name, for one kind of thing.

    Args:
        kind: What the registered classes are, in one word (it appears in errors).

    Example:
        >>> shapes: Registry[object] = Registry("shape")
        >>> @shapes.register("square")
        ... class Square: ...
        >>> shapes.get("square").__name__
        'Square'
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._classes: dict[str, type[T]] = {}
        self._aliases: dict[str, str] = {}

    def register(self, name: str, *aliases: str) -> Callable[[C], C]:
        """Class decorator that puts the class in the registry under ``name``, and other spellings of it."""

        def add(cls: C) -> C:
            self._classes[name] = cast("type[T]", cls)
            self._aliases.update(dict.fromkeys(aliases, name))
            return cls

        return add

    def canonical(self, name: str) -> str:
        """The registered name that this is, or is another spelling of; else the name itself."""
        return self._aliases.get(name, name)

    def get(self, name: str) -> type[T]:
        """The class of that name.

        Raises:
            UnknownNameError: With the names there are, and the nearest of them.
        """
        key = self.canonical(str(name))
        if key in self._classes:
            return self._classes[key]
        near = difflib.get_close_matches(key, self._classes, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise UnknownNameError(
            f"No {self.kind} is called '{key}'.{hint} There are: {', '.join(self.names())}."
        )

    def names(self) -> list[str]:
        """The registered names, sorted."""
        return sorted(self._classes)
