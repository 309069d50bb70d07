"""The wheel holds what the checkout holds, and an installed copy runs away from it."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from factories import LONG

import qipxl

CHECKOUT = Path(qipxl.__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (CHECKOUT / "setup.cfg").exists():
        pytest.skip("These tests need the checkout.")
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(CHECKOUT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return next(out.glob("*.whl"))


def listed(folder: Path, prefix: str) -> set[str]:
    return {
        f"{prefix}/{path.relative_to(folder).as_posix()}"
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_package_and_both_data_folders(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = listed(CHECKOUT / "qipxl", "qipxl")
    for name in ("workbook_templates", "macros"):
        expected |= listed(CHECKOUT / name, f"qipxl/{name}")
    assert held == expected


def test_the_source_archive_can_be_built_into_the_same_wheel(wheel: Path) -> None:
    """`build` makes the wheel from the source archive, so what the archive lacks the wheel lacks too."""
    assert next(wheel.parent.glob("*.tar.gz")).stat().st_size > 20_000


@pytest.mark.long
def test_an_installed_copy_runs_the_demo_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, system_site_packages=False, with_pip=True)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    site = next(Path(each) for each in sys.path if each.endswith("site-packages"))
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    own = next(home.rglob("site-packages"))
    (own / "libraries.pth").write_text(str(site))
    code = "import qipxl, pathlib; print(pathlib.Path(qipxl.__file__).resolve())"
    where = subprocess.run(
        [python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert Path(where).is_relative_to(home.resolve())
    size = "2" if LONG else "1"
    command = [python, "-m", "qipxl", "demo", "made", "--services", size, "--months", size]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made" / "summaries" / "2026-03 summary.xlsx").exists()
