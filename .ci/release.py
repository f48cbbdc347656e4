"""What must hold before a release, and what remains for a person: `./do release`.

It refuses a tree with changes and versions that disagree, builds wheel and source
archive into `dist`, installs the wheel outside of the repository with every Python of
PYTHONS (one path a line; `do` finds them), runs what the first page of the
documentation shows, and looks whether other systems have wheels of everything. It
uploads nothing.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTES = {"CHANGELOG.md": r"^## \[(\S+)\]", "CITATION.cff": r"^version: (\S+)$"}
IN_WHEEL = ("licenses/LICENSE", "py.typed", ".pyi", ".jinja", ".css", ".mplstyle")
IN_SOURCES = ("LICENSE", "CITATION.cff", "do", "docs", "examples", "src", "tests")
RANK = ("rank", "two-layer", "--inputs", "4", "--width", "3")
SYSTEMS = ("macosx_14_0_arm64", "win_amd64")
REMAINS = (
    "see that .ci/run, ./do newest, ./do oldest and ./do test -m long pass",
    'git tag -a v{version} -m "suffice {version}", and push the tag',
    "upload dist/{wheel} and dist/{sources}",
    "install from there into a new environment, and run: suffice demo",
)
UNDATED = "write the day in place of 'unreleased' into CHANGELOG.md, and run this again"


def stated(root: Path = ROOT) -> dict[str, str]:
    """The version as each file states it; the first section of the changes counts."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    found = {"pyproject.toml": project["project"]["version"]}
    for name, pattern in NOTES.items():
        text = (root / name).read_text(encoding="utf-8")
        match = re.search(pattern, text, re.MULTILINE)
        found[name] = match[1] if match else "none"
    return found


def version(root: Path = ROOT) -> str:
    """The version on which all files agree."""
    found = stated(root)
    if len(set(found.values())) > 1:
        told = ", ".join(f"{name}: {value}" for name, value in found.items())
        refuse(f"the files state different versions ({told}).")
    return found["pyproject.toml"]


def check_clean(root: Path = ROOT) -> None:
    """Refuse a tree with files that differ from the last commit."""
    changed = output("git", "-C", root, "status", "--porcelain").splitlines()
    if changed:
        refuse(f"not committed: {', '.join(line[3:] for line in changed[:9])}.")


def build(dist: Path) -> tuple[Path, Path]:
    """Wheel and source archive, with what belongs in them."""
    shutil.rmtree(dist, ignore_errors=True)
    output(sys.executable, "-m", "build", "--outdir", dist, ROOT)
    (wheel,), (sources,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    with tarfile.open(sources) as archive:
        held = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    lacking = [end for end in IN_WHEEL if not any(n.endswith(end) for n in names)]
    lacking += [name for name in IN_SOURCES if name not in held]
    if lacking:
        refuse(f"{', '.join(lacking)} is missing in what was built.")
    return wheel, sources


def try_wheel(wheel: Path, python: str, folder: Path, *, extras: str = "") -> None:
    """Install the wheel in a new environment and run what a newcomer runs."""
    output(python, "-m", "venv", "env", cwd=folder)
    programs = folder / "env" / "bin"
    install(programs / "python", f"{wheel}{extras}")
    suffice = programs / "suffice"
    for words, answer in (
        (("--version",), wheel.name.split("-")[1]),
        (RANK, "The rank is 15 of 15 parameters"),
        (("demo",), "At least 11 samples are needed"),
    ):
        if answer not in output(suffice, *words, cwd=folder):
            refuse(f"suffice {' '.join(words)} does not say {answer!r}.")
    page = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    printed = output(programs / "python", "-c", code, cwd=folder).splitlines()
    if printed != re.findall(r"# -> (.*)", code):
        refuse(f"the example of docs/index.md prints {printed}.")
    if extras and not (folder / "suffice-demo" / "magnet.html").exists():
        refuse("the demo writes no page where the extras are installed.")


def has_wheels(wheel: Path, system: str) -> None:
    """Look whether another system has a wheel of everything, without running it."""
    command = ("--dry-run", "--ignore-installed", "--only-binary=:all:")
    where = ("--platform", system, "--python-version", "3.12", "--target", wheel.parent)
    install(sys.executable, *command, *where, f"{wheel}[all]")


def install(python: Path | str, *words: object) -> None:
    """Run pip, which keeps its word to itself unless it fails."""
    quiet = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    output(python, *quiet, *words)


def output(*command: object, cwd: Path | None = None) -> str:
    """Standard output of a command that must succeed, outside of this environment."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")
    known = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=known, capture_output=True, text=True
    )
    if done.returncode:
        refuse(f"{' '.join(map(str, command))[:200]} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def refuse(sentence: str) -> None:
    """End with a sentence on what is wrong."""
    raise SystemExit(f"release: {sentence}")


def main() -> None:
    """Check everything, in the order of what is cheap."""
    check_clean()
    number = version()
    wheel, sources = build(ROOT / "dist")
    print(f"{wheel.name} and {sources.name} are built.")
    pythons = os.environ.get("PYTHONS", sys.executable).splitlines()
    tries = [(python, "") for python in pythons] + [(pythons[0], "[all]")]
    for python, extras in tries:
        with tempfile.TemporaryDirectory() as folder:
            try_wheel(wheel, python, Path(folder), extras=extras)
        print(f"suffice{extras} works with {output(python, '--version').strip()}.")
    for system in SYSTEMS:
        has_wheels(wheel, system)
        print(f"every requirement has a wheel for {system}.")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    undated = (UNDATED,) if f"[{number}] - unreleased" in changes else ()
    print("What remains for a person:")
    for step, sentence in enumerate(undated + REMAINS, 1):
        names = {"version": number, "wheel": wheel.name, "sources": sources.name}
        print(f"  {step}. {sentence.format(**names)}")


if __name__ == "__main__":
    main()
