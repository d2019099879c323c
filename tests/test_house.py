"""The house itself: layout, locks, names, migrations, the specification, and nothing left lying about."""

import ast
import io
import os
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from tests.plugins.spec import mistakes, spec_items, unproven

ROOT = Path(__file__).parent.parent
PACKAGES = ("config", "connections", "projects", "syncing")
APPS = ("connections", "projects", "syncing")
GENERATED = {"var", "staticfiles", "__pycache__"}
OWN_DOT_FOLDERS = {".ci", ".do"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def own_files(*suffixes: str, under: str = ".") -> list[Path]:
    """Files of the repository, without what tools make and what others wrote."""
    found = []
    for folder, folders, names in os.walk(ROOT / under):
        folders[:] = [name for name in folders if name in OWN_DOT_FOLDERS or (name[0] != "." and name not in GENERATED)]
        found += [Path(folder, name) for name in names if not suffixes or name.endswith(suffixes)]
    return sorted(path for path in found if not relative(path).startswith("static/vendor/"))


def locked(name: str) -> dict[str, str]:
    """The packages of a lock file with their versions."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (ROOT / name).read_text(), re.MULTILINE))


def wanted() -> list[str]:
    """The runtime dependencies of pyproject.toml, as lock files spell them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[A-Za-z0-9_.-]+", line) for line in project["dependencies"]]
    return [name.group().lower().replace("_", "-") for name in names if name]


# Layout and dependencies


def test_the_top_level_holds_what_newcomers_look_for() -> None:
    names = "manage.py config connections syncing projects templates static tests requirements.txt bin/run bin/test"
    assert [name for name in names.split() if not (ROOT / name).exists()] == []


@pytest.mark.spec("D3")
def test_the_top_level_holds_the_deployment_files_too() -> None:
    test_the_top_level_holds_what_newcomers_look_for()
    assert (ROOT / "docker-compose.yml").is_file()
    assert (ROOT / ".do").is_dir()


@pytest.mark.spec("D2", "A112")
def test_the_locks_hold_the_packages_that_the_product_is_built_on() -> None:
    named = "django djangorestframework celery django-celery-beat redis psycopg facebook-business google-ads gspread"
    assert [name for name in [*named.split(), "django-environ"] if name not in locked("requirements.txt")] == []
    assert "pytest-django" in locked("requirements-dev.txt")
    assert locked("requirements.txt")["celery"] == "5.6.3"
    assert '"celery==5.6.3"' in (ROOT / "pyproject.toml").read_text()


def test_every_dependency_is_locked_and_has_a_reason_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text().lower()
    assert [name for name in wanted() if name not in locked("requirements.txt")] == []
    assert [name for name in wanted() if not re.search(rf"(^- |, ){name}[:,]", changelog, re.MULTILINE)] == []


def test_both_locks_agree_and_carry_hashes() -> None:
    runtime, development = locked("requirements.txt"), locked("requirements-dev.txt")
    assert {name: runtime[name] for name in runtime.keys() & development.keys()}.items() <= development.items()
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert (ROOT / name).read_text().count(" \\\n    --hash=sha256:") >= len(locked(name))


@pytest.mark.spec("D4")
def test_each_app_holds_its_models() -> None:
    for label, model in (("connections", "Connection"), ("projects", "Campaign"), ("syncing", "ObjectSyncConfig")):
        assert apps.get_model(label, model)


def test_the_commands_are_programs_and_the_rest_only_calls_them() -> None:
    programs = [*(ROOT / "bin").iterdir(), ROOT / ".ci" / "run"]
    assert [relative(path) for path in programs if not os.access(path, os.X_OK)] == []
    assert (ROOT / ".ci" / "run").read_text().splitlines()[1:] == ['exec ./bin/test "$@"']
    recipes = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("\t")]
    assert len(recipes) == 4


def test_every_setting_is_explained_in_the_example() -> None:
    explained = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    read = {
        name
        for path in own_files(".py", under="config")
        for name in re.findall(r"""env(?:\.\w+)?\(\s*"([A-Z_]+)\"""", path.read_text())
    }
    assert read - explained - {"ENV_FILE", "TEST_DATABASE_DIR"} == set()


def test_links_between_the_documents_lead_somewhere() -> None:
    pages = own_files(".md")
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())]
    assert [f"{relative(page)}: {link}" for page, link in links if not (page.parent / link).exists()] == []


# Code


def modules() -> list[str]:
    return sorted(
        found.name
        for package in PACKAGES
        for found in walk_packages([str(ROOT / package)], f"{package}.")
        if not found.name.startswith("config.startup")
    )


@pytest.mark.spec("A110")
@pytest.mark.parametrize("name", modules())
def test_every_module_imports(name: str) -> None:
    import_module(name)


def test_the_program_that_starts_the_others_loads_no_application() -> None:
    code = "import sys, config.startup; sys.exit('django.apps' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


PROVIDER = re.compile(r"google[ _-]?(ads|sheets)|logikal|youtube|instagram|facebook|gspread", re.IGNORECASE)
META = re.compile(r"(?<![a-z])meta(?![a-z])", re.IGNORECASE)
NOT_A_PROVIDER = {"Meta", "_meta", "META"}
"""What Django calls a model's inner class, a model's options and a request's headers."""


def shared_files() -> list[Path]:
    found = [path for name in ("connections", "syncing", "config", "templates") for path in own_files(under=name)]
    apart = ("connections/providers/", "connections/registry.py", "config/settings.py")
    return [path for path in found if path.suffix in (".py", ".html", ".txt") and not relative(path).startswith(apart)]


def python_words(text: str) -> Iterator[str]:
    """Names, strings and comments, without the names that mean something else in Django."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.string not in NOT_A_PROVIDER and token.type not in (tokenize.NL, tokenize.NEWLINE, tokenize.OP):
            yield re.sub(r"\b(class Meta|Meta\.|_meta\b)", "", token.string)


def words(path: Path) -> Iterator[str]:
    text = path.read_text()
    yield from python_words(text) if path.suffix == ".py" else [re.sub(r"<meta\b", "", text)]


def test_no_providers_name_stands_in_shared_code() -> None:
    found = [(relative(path), word) for path in shared_files() for word in words(path) if names_a_provider(word)]
    assert found == []


def names_a_provider(text: str) -> bool:
    return bool(PROVIDER.search(text) or META.search(text))


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("class Meta:\n    pass\n", False),
        ("x._meta.db_table\n", False),
        ("request.META['REMOTE_ADDR']\n", False),
        ("metadata = metaphor\n", False),
        ("if kind == 'meta':\n    pass\n", True),
        ("settings.META_GRAPH_URL\n", True),
        ("# Meta restates this\n", True),
        ("title = 'Google Ads'\n", True),
        ("import facebook_business\n", True),
    ],
)
def test_a_providers_name_is_told_from_djangos_words(code: str, found: bool) -> None:
    assert any(map(names_a_provider, python_words(code))) is found


def doors() -> list[Path]:
    kinds = ("views", "api", "management/commands")
    folders = [path for app in APPS for kind in kinds for path in (ROOT / app / kind).glob("*.py")]
    files = [path for app in APPS for kind in kinds for path in (ROOT / app).glob(f"{kind}.py")]
    return sorted(path for path in [*folders, *files] if not path.name.startswith("_"))


@pytest.mark.parametrize("path", doors(), ids=relative)
def test_every_view_and_command_has_a_test_file(path: Path) -> None:
    assert any((ROOT / "tests").rglob(f"test_{path.stem}*.py")), f"tests/ has no test_{path.stem}.py"


SECRETS_AND_PLACES = {
    "a path of one machine": r"(?<![\w.<{/])/(root|home/\w+|Users/\w+|work)/",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "an access token": r"\b(EAA[A-Za-z0-9]{30,}|ya29\.[\w-]{20,}|AIza[\w-]{35}|AKIA[A-Z0-9]{16}|gh[pous]_\w{36})",
    "a package registry": r"(pypi|npmjs|pythonhosted)\.(org|com)|--(extra-)?index-url",
}


@pytest.mark.parametrize("pattern", SECRETS_AND_PLACES.values(), ids=SECRETS_AND_PLACES)
def test_the_repository_holds_none_of(pattern: str) -> None:
    found = []
    for path in own_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if match := re.search(pattern, text):
            found.append(f"{relative(path)}: {match.group()[:20]}")
    assert found == []


def test_no_browser_test_looks_without_waiting() -> None:
    """A page that a click leads to may not be there yet: `expect` waits for it, `is_visible` and `page.url` do not."""
    hasty = re.compile(r"assert .*(\.is_(visible|hidden)\(\)|page\.url\b)")
    files = own_files(".py", under="tests/browser")
    lines = [(relative(path), line.strip()) for path in files for line in path.read_text().splitlines()]
    assert len(files) > 10
    assert [each for each in lines if hasty.search(each[1])] == []


# Migrations


@pytest.mark.django_db
def test_the_migrations_are_up_to_date_with_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.spec("A17")
def test_every_migration_says_why_it_exists() -> None:
    found = [path for app in APPS for path in (ROOT / app / "migrations").glob("0*.py")]
    assert [relative(path) for path in found if not ast.get_docstring(ast.parse(path.read_text()))] == []


@pytest.mark.spec("A17")
def test_the_migrations_go_to_zero_and_back(empty_database: BaseDatabaseWrapper) -> None:
    migrate()
    first = schema(empty_database)
    for app in APPS:
        migrate(app, "zero")
    assert schema(empty_database) == {}
    migrate()
    assert schema(empty_database) == first
    assert first.keys() == {model._meta.db_table for app in APPS for model in own_models(app)}


@pytest.mark.spec("A104")
def test_one_command_migrates_and_another_tells_whether_it_is_done(empty_database: BaseDatabaseWrapper) -> None:
    with pytest.raises(SystemExit):
        migrate(check_unapplied=True)
    migrate()
    migrate(check_unapplied=True)


def migrate(*target: str, **options: bool) -> None:
    call_command("migrate", *target, database="empty", verbosity=0, **options)


def own_models(app: str) -> list[type[Model]]:
    return list(apps.get_app_config(app).get_models(include_auto_created=True))


def schema(connection: BaseDatabaseWrapper) -> dict[str, object]:
    """Our tables with their columns, constraints and indexes."""
    look = connection.introspection
    with connection.cursor() as cursor:
        tables = {model._meta.db_table for app in APPS for model in own_models(app)} & set(look.table_names(cursor))
        return {
            table: (
                sorted(
                    (column.name, column.type_code, column.null_ok)
                    for column in look.get_table_description(cursor, table)
                ),
                sorted(look.get_constraints(cursor, table)),
            )
            for table in tables
        }


# The specification


def test_the_specification_is_complete() -> None:
    counts = {"A": 112, "L": 49, "V": 50, "T": 94, "D": 7}
    items = spec_items()
    promises = [name for name in items if name[0] != "C"]
    assert promises == [f"{letter}{number}" for letter, count in counts.items() for number in range(1, count + 1)]
    assert len(set(items.values())) == len(items)


def test_a_test_may_prove_five_known_items_and_no_more() -> None:
    assert mistakes(marked_item("A1", "A2", "A3", "A4", "A5"), spec_items()) == []
    assert "too many" in mistakes(marked_item("A1", "A2", "A3", "A4", "A5", "A6"), spec_items())[0]
    assert "X9 is not in docs/spec.md" in mistakes(marked_item("X9"), spec_items())[0]


def marked_item(*names: str) -> pytest.Item:
    return SimpleNamespace(nodeid="test", iter_markers=lambda _: [SimpleNamespace(args=names)])  # type: ignore[return-value]


def test_an_item_is_unproven_while_a_test_of_it_fails(tmp_path: Path) -> None:
    record = tmp_path / "seen.json"
    record.write_text('{"passed": {"A1": ["one"], "A2": ["one"]}, "failed": {"A2": ["two"]}}')
    missing = unproven(record)
    assert "A1" not in missing
    assert {"A2", "A3"} <= missing.keys()
    assert len(missing) == len(spec_items()) - 1
