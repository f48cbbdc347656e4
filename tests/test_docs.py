"""The documentation as a test: its code runs, its outputs are what it says, its names
and links exist."""

import ast
import contextlib
import doctest
import importlib
import importlib.util
import io
import re
import shlex
from pathlib import Path

import pytest

from suffice._core.literature import PUBLICATIONS
from suffice.auditing import magnet, puromycin, read_table
from suffice.cli import main
from suffice.cli._verbs._demo import WANTED
from suffice.papers import PAPERS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
API = [page for page in PAGES if page.parent.name == "api"]
SLOW = {  # whole audits, sweeps and trainings
    "docs/api/recovery.md",
    "docs/audit.md",
    "docs/coming-from.md",
    "docs/how-to-choose.md",
    "docs/own-model.md",
    "docs/reasoning.md",
    "docs/sweeps.md",
    "docs/theory/completion.md",
    "docs/theory/start.md",
}
CHAPTERS = [
    "models",
    "architectures",
    "tangent",
    "samples",
    "reduction",
    "training",
    "landscape",
    "completion",
    "laws",
    "sweeps",
    "recovery",
    "spectra",
    "reasoning",
    "papers",
    "auditing",
    "report",
    "cli",
]
OPTIONAL = {"torch", "flax"}  # code that imports these runs where they are installed
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def name(page):
    return str(page.relative_to(ROOT))


def blocks(page):
    """Language, text and first line of every fenced block of a page."""
    text = page.read_text()
    for found in FENCE.finditer(text):
        yield found[1], found[2], text[: found.start(2)].count("\n")


def agree(want, got, where):
    checker = doctest.OutputChecker()
    if not checker.check_output(want, got, FLAGS):
        raise AssertionError(f"{where} says\n{want}\nand the code says\n{got}")


def wanted(lines, node):
    """What the comments `# -> value` behind and below a statement say it prints."""
    head, arrow, tail = lines[node.end_lineno - 1].partition("# -> ")
    found = [tail] if arrow and head.strip() else []
    for line in lines[node.end_lineno :]:
        if not line.startswith("# -> "):
            break
        found.append(line.removeprefix("# -> "))
    return "\n".join(found)


def run_python(text, names, where, start):
    """Run a block, which begins after line `start` of a file, by statements."""
    if ">>>" in text:
        test = doctest.DocTestParser().get_doctest(text, names, where, where, start)
        report = io.StringIO()
        runner = doctest.DocTestRunner(optionflags=FLAGS)
        failed = runner.run(test, out=report.write, clear_globs=False).failed
        assert not failed, report.getvalue()
        return
    lines = text.splitlines()
    for node in ast.parse(text).body:
        ast.increment_lineno(node, start)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            if isinstance(node, ast.Expr):
                value = eval(compile(ast.Expression(node.value), where, "eval"), names)
                if value is not None:
                    printed.write(f"{value}\n")
            else:
                exec(compile(ast.Module([node], []), where, "exec"), names)
        ast.increment_lineno(node, -start)
        if want := wanted(lines, node):
            place = f"{where}, line {start + node.end_lineno},"
            agree(want + "\n", printed.getvalue(), place)


def run_console(text, where):
    """Run the commands of a session and return what they print."""
    sessions = re.split(r"^\$ ", text, flags=re.M)[1:]
    for session in sessions:
        command, _, want = session.partition("\n")
        program, *words = shlex.split(command)
        assert program == "suffice", command
        printed, remarks = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(remarks):
            code = main(words)
        got = printed.getvalue() if code == 0 else remarks.getvalue()
        agree(want, got, f"{where}: {command}")
    return got


def runs_here(text):
    """Whether the optional libraries that a block imports are installed."""
    imported = set(re.findall(r"^import (\w+)", text, re.M))
    return all(importlib.util.find_spec(library) for library in imported & OPTIONAL)


def run_page(page):
    names, session = {"__name__": "__docs__"}, ""
    for language, text, start in blocks(page):
        where = name(page)
        if language in ("python", "pycon") and runs_here(text):
            run_python(text, names, where, start)
        elif language == "console":
            session = run_console(text, where)
        elif language == "text":  # a further part of the last session
            agree(f"...\n{text}...", session, f"{where}, line {start},")


@pytest.fixture
def demo(tmp_path, monkeypatch):
    """A folder in which the tables of `suffice demo` lie, and one file of models."""
    from suffice.cli._verbs._demo import _save

    monkeypatch.chdir(tmp_path)
    (tmp_path / "suffice-demo").mkdir()
    for table in (magnet(), puromycin()):
        _save(table, tmp_path / "suffice-demo" / f"{table.source}.csv")


def with_code(slow):
    for page in PAGES:
        kinds = {kind for kind, _, _ in blocks(page)}
        if kinds & {"python", "pycon", "console"} and (name(page) in SLOW) == slow:
            yield pytest.param(page, id=name(page))


@pytest.mark.parametrize("page", list(with_code(slow=False)))
def test_the_code_of_a_page_does_what_the_page_says(page, demo):
    run_page(page)


@pytest.mark.slow
@pytest.mark.parametrize("page", list(with_code(slow=True)))
def test_the_audits_of_a_page_say_what_the_page_says(page, demo):
    run_page(page)


def test_a_wrong_value_would_be_seen():
    with pytest.raises(AssertionError, match="line 3, says\n3"):
        run_python("x = 1\nprint(x + 1)  # -> 3\n", {}, "here", 1)
    with pytest.raises(AssertionError, match="says"):
        run_python("1 + 1\n# -> 2\n# -> 3\n", {}, "here", 0)
    with pytest.raises(AssertionError, match="Expected"):
        run_python(">>> 1 + 1\n3\n", {}, "here", 0)
    run_python("1 + 1  # -> 2\n", {}, "here", 0)


def test_the_commands_of_the_readme_print_what_it_says(capsys):
    found = re.findall(r"^\./do (.*?) +# (\d+)$", PAGES[0].read_text(), re.M)
    for command, value in found:
        assert main(shlex.split(command)) == 0
        printed = capsys.readouterr().out
        assert re.search(rf"^(  value +)?{value}\b", printed, re.M), command


def test_every_page_is_in_the_navigation():
    config = (ROOT / "mkdocs.yml").read_text()
    listed = re.findall(r"(\S+\.md)$", config.partition("nav:")[2], re.M)
    assert len(listed) == len(set(listed))
    assert {f"docs/{page}" for page in listed} == {name(p) for p in PAGES[1:]}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    text = FENCE.sub("", page.read_text())
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name(page)} links to {link}"
        if anchor:
            heads = re.findall(r"^#+ (.*)$", target.read_text(), re.M)
            slugs = [
                re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads
            ]
            assert anchor in slugs, f"{name(page)} links to {link}"


def test_every_public_name_is_explained_once():
    listed = [n for page in API for n in _explained(page)]
    assert len(listed) == len(set(listed))
    public = {"suffice.show_progress"}  # of no chapter
    for chapter in CHAPTERS:
        module = importlib.import_module(f"suffice.{chapter}")
        door = Path(module.__file__)
        stub = door.with_suffix(".pyi")
        tree = ast.parse((stub if stub.exists() else door).read_text())
        public |= {
            f"suffice.{chapter}.{alias.asname}"
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if not alias.name.startswith("_")
        }
    assert set(listed) == public


def test_what_happens_with_malformed_tables_is_what_the_reader_says():
    rows = re.findall(r"^ *(\|.*\|)$", read_table.__doc__, re.M)
    page = (ROOT / "docs" / "audit.md").read_text()
    assert len(rows) > 10
    for row in rows:
        assert row in page, row


def test_every_function_and_test_of_the_map_exists():
    text = (ROOT / "docs" / "paper-to-code.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", text))
    files = (ROOT / "tests").rglob("test_*.py")
    there = {n for f in files for n in re.findall(r"def (test_\w+)\(", f.read_text())}
    assert len(named) > 40
    assert not named - there
    functions = set(re.findall(r"\]\[(suffice\.\w+\.\w+)\]", text))
    explained = set().union(*(_explained(page) for page in API))
    assert len(functions) > 20
    assert not functions - explained


def test_every_term_of_the_glossary_leads_somewhere():
    text = (ROOT / "docs" / "glossary.md").read_text()
    rows = re.findall(r"^\| (?!term|-)(.+?) \| (.+?) \| (.+?) \|$", text, re.M)
    terms = [term for term, _, _ in rows]
    assert len(set(terms)) == len(terms) > 70
    explained = set().union(*(_explained(page) for page in API))
    for term, meaning, links in rows:
        assert meaning.endswith("."), term
        assert "](" in links or "][" in links, term
        assert set(re.findall(r"\]\[(\S+?)\]", links)) <= explained, term
        papers = set(re.findall(r"arxiv\.org/abs/(\S+?)\)", links))
        assert papers <= set(PUBLICATIONS), term


def _explained(page):
    return re.findall(r"^::: (\S+)$", page.read_text(), re.M)


def test_every_page_of_an_example_is_there_and_small():
    examples = ROOT / "docs" / "examples"
    papers = {f"papers/{name}/page.html" for name in PAPERS} | {"papers/index.html"}
    demo = {f"demo/{name}.{kind}" for name in WANTED for kind in ("csv", "html")}
    there = {str(p.relative_to(examples)) for p in examples.rglob("*") if p.is_file()}
    assert there == papers | demo
    linked = set().union(
        *(re.findall(r"\(examples/(\S+)\)", p.read_text()) for p in PAGES)
    )
    assert papers | {d for d in demo if d.endswith(".html")} <= linked
    for page in map(examples.joinpath, there):
        text = page.read_text()
        assert len(text) < 1_500_000, page
        assert not re.search(r"/(home|root|tmp|work|Users)/", text), page
