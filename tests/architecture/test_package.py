"""What is shipped is what runs: the wheel, built and installed into a clean environment."""

import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(one) for one in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place, cwd=ROOT)
    (built,) = place.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_rooms(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    suffixes = {".py", ".sql", ".tcss", ".typed"}
    rooms = ("tui", "protocols", "store")
    files = (path for room in rooms for path in (ROOT / room).rglob("*") if path.suffix in suffixes)
    expected = {path.relative_to(ROOT).as_posix() for path in files}
    assert expected - shipped == set()
    assert {Path(one).suffix for one in shipped} >= {".sql", ".tcss"}
    assert not any(one.startswith(("tests/", "bench/")) for one in shipped)


def test_the_installed_wheel_starts(wheel: Path, tmp_path: Path):
    """Its dependencies come from the environment that runs the tests, so nothing is downloaded."""
    place = tmp_path / "environment"
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)

    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version in run(place / "bin" / "bocau", "--version", cwd=tmp_path)
    assert str(packages) in run(python, "-c", "import tui; print(tui.__file__)", cwd=tmp_path)
    assert "demo" in run(place / "bin" / "bocau", "--help", cwd=tmp_path)
