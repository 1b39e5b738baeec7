"""The house holds: imports go down only, prompts come in pairs, packages are listed, nothing unsafe or local in the source."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from jinja2 import Environment, meta

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("ui", "agent", "tools", "data")  # arrows go from left to right
OUTSIDE = {"tests", "benchmarks", "docs", "examples", "build", "dist"}
SOURCES = sorted(path for room in (*ROOMS, "prompts") for path in (ROOT / room).rglob("*.py")) + sorted(ROOT.glob("*.py"))
ALL = SOURCES + sorted(path for room in ("tests", "benchmarks", "examples") for path in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> list[tuple[int, str]]:
    """Level and dotted module of every import in a file; ``from . import x`` counts as ``x``."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.level, node.module)] if node.module else [(node.level, alias.name) for alias in node.names]
    return found


def room_reached(path: Path, level: int, module: str) -> str | None:
    """Return the room (or root file) that a relative import reaches; None for a module outside the package."""
    if level == 0:
        return None
    inside = path.relative_to(ROOT).parent.parts
    base = inside[: len(inside) - level + 1]
    return (*base, *module.split("."))[0]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_only_go_down(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    if room not in ROOMS:
        return
    allowed = set(ROOMS[ROOMS.index(room) :]) | ({"prompts"} if room in ("agent", "tools") else set())
    reached = {hit for level, module in imports(path) if (hit := room_reached(path, level, module))}
    # The version is the one name at the root that every room may read.
    assert {hit for hit in reached if hit != "__version__"} <= allowed


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_siblings_are_imported_relatively(path: Path) -> None:
    absolute = {module.split(".")[0] for level, module in imports(path) if level == 0}
    assert not absolute & {*ROOMS, "prompts", "adwright"}


@pytest.mark.parametrize(
    "path", sorted(path for path in (ROOT / "prompts").rglob("*") if re.search(r"\.(zh|en)\.", path.name)), ids=name_of
)
def test_prompts_come_in_pairs_with_the_same_variables(path: Path) -> None:
    mark = ".zh." if ".zh." in path.name else ".en."
    other = path.with_name(path.name.replace(mark, ".en." if mark == ".zh." else ".zh."))
    assert other.is_file()

    def variables(file: Path) -> set[str]:
        return meta.find_undeclared_variables(Environment().parse(file.read_text(encoding="utf-8")))

    assert variables(path) == variables(other)


def test_the_package_list_is_the_tree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = [path.parent.relative_to(ROOT) for path in ROOT.rglob("__init__.py")]
    inside = [folder for folder in folders if not any(part.startswith(".") or part in OUTSIDE for part in folder.parts)]
    tree = {".".join(("adwright", *folder.parts)): folder.as_posix() for folder in inside}
    assert sorted(project["packages"]) == sorted(tree)
    assert project["package-dir"] == tree


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_that_runs_what_it_loads(path: Path) -> None:
    modules = {module.split(".")[0] for _, module in imports(path)}
    assert not modules & {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)}
    assert not calls & {"eval", "exec", "os.system", "yaml.load", "torch.load", "joblib.load", "pd.read_pickle", "pandas.read_pickle"}


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_no_paths_of_one_machine(path: Path) -> None:
    # Put together here, so that this file does not find itself.
    places = ["/" + "home/", "/" + "Users/", "/" + "work/", "/" + "root/", "C:" + "\\\\"]
    text = path.read_text(encoding="utf-8")
    assert not [place for place in places if re.search(rf"(?<![\w.~-]){re.escape(place)}", text)]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body


@pytest.mark.parametrize("path", ALL, ids=name_of)
def test_no_vague_names(path: Path) -> None:
    assert not re.search(r"(^|_)(utils?|helpers?|managers?|handlers?|processors?|misc|common)(_|\.py$)", path.name)
