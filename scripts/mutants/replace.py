"""Puts a mutant in a module's place: before it is imported, or into its functions afterwards."""

from __future__ import annotations

import gc
import importlib.util
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType


class Importer(SourceFileLoader):
    """Finds one module, and compiles another source for it."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self.source = source

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's place, where it is the one."""
        del path, target
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def get_code(self, fullname: str) -> CodeType:
        """The mutant's code."""
        del fullname
        return compile(self.source, self.path, "exec", dont_inherit=True)


def import_instead(name: str, path: Path, source: str) -> None:
    """Whoever imports the module gets the source."""
    if name in sys.modules:
        raise RuntimeError(f"{name} is imported already: a mutant of it would run no test.")
    sys.meta_path.insert(0, Importer(name, path, source))  # type: ignore[arg-type]


def functions_of(paths: set[str]) -> dict[str, list[FunctionType]]:
    """The functions of files, as they live in this process, by file."""
    found: dict[str, list[FunctionType]] = {path: [] for path in paths}
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename in found:
            found[thing.__code__.co_filename].append(thing)
    return found


def replace_code(functions: list[FunctionType], path: str, source: str, owner: str) -> bool:
    """Give the owner, and what it made, the code that the source has; false where that fails."""
    codes = list(_codes(compile(source, path, "exec", dont_inherit=True)))
    by_key = {_key(code): code for code in codes if _belongs(code, owner)}
    affected = [function for function in functions if _belongs(function.__code__, owner)]
    if not affected or len(by_key) < sum(_belongs(code, owner) for code in codes):
        return False
    for function in affected:
        code = by_key.get(_key(function.__code__))
        if code is None or len(code.co_freevars) != len(function.__code__.co_freevars):
            return False
        function.__code__ = code
    return True


def _belongs(code: CodeType, owner: str) -> bool:
    return code.co_qualname == owner or code.co_qualname.startswith(f"{owner}.<locals>.")


def _codes(whole: CodeType) -> Iterator[CodeType]:
    yield whole
    for constant in whole.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno
