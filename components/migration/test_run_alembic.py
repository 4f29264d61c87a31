"""The script as the Job runs it, with the real Alembic and a file of SQLite."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("run_alembic.py")
ALEMBIC = (sys.executable, "-m", "alembic")

ENV = """from alembic import context
from sqlalchemy import create_engine

with create_engine("sqlite:///shop.db").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    versions = tmp_path / "alembic" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/alembic\n")
    (tmp_path / "alembic" / "env.py").write_text(ENV)
    revision(tmp_path, "0001", None, "op.execute('create table products (id integer)')")
    revision(tmp_path, "0002", "0001", "op.execute('create table stock (id integer)')")
    return tmp_path


def revision(project: Path, name: str, before: str | None, upgrade: str) -> Path:
    path = project / "alembic" / "versions" / f"{name}.py"
    path.write_text(
        f"from alembic import op\n\nrevision = {name!r}\ndown_revision = {before!r}\n\n\n"
        f"def upgrade() -> None:\n    {upgrade}\n"
    )
    return path


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *command],
        cwd=project,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def tables(project: Path) -> set[str]:
    with closing(sqlite3.connect(project / "shop.db")) as database:
        return {
            name
            for (name,) in database.execute("select name from sqlite_master where type = 'table'")
        }


def test_it_migrates(project: Path) -> None:
    ran = run(project, *ALEMBIC, "upgrade", "head")
    assert ran.returncode == 0, ran.stdout
    assert tables(project) == {"alembic_version", "products", "stock"}


def test_an_older_image_leaves_a_newer_database_alone(project: Path) -> None:
    assert run(project, *ALEMBIC, "upgrade", "head").returncode == 0
    (project / "alembic" / "versions" / "0002.py").unlink()
    ran = run(project, *ALEMBIC, "upgrade", "head")
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.endswith(
        "The database is at revision 0002, which this image doesn't know. "
        "The schema is left alone.\n"
    )
    assert "stock" in tables(project)


def test_so_does_a_program_that_runs_alembic_itself(project: Path) -> None:
    assert run(project, *ALEMBIC, "upgrade", "head").returncode == 0
    (project / "alembic" / "versions" / "0002.py").unlink()
    program = (
        "from alembic import command, config; command.upgrade(config.Config('alembic.ini'), 'head')"
    )
    ran = run(project, sys.executable, "-c", program)
    assert ran.returncode == 0, ran.stdout
    assert "The schema is left alone." in ran.stdout


def test_a_failed_revision_fails(project: Path) -> None:
    revision(project, "0003", "0002", "raise RuntimeError('broken on purpose')")
    ran = run(project, *ALEMBIC, "upgrade", "head")
    assert ran.returncode == 1
    assert "broken on purpose" in ran.stdout


def test_a_revision_without_the_one_before_it_fails(project: Path) -> None:
    assert run(project, *ALEMBIC, "upgrade", "head").returncode == 0
    revision(project, "0004", "0003", "pass")
    ran = run(project, *ALEMBIC, "upgrade", "head")
    assert ran.returncode != 0
    assert "left alone" not in ran.stdout


def test_a_command_that_names_an_unknown_revision_fails(project: Path) -> None:
    ran = run(project, *ALEMBIC, "upgrade", "haed")
    assert ran.returncode != 0
    assert "Can't locate revision identified by 'haed'" in ran.stdout
    assert "left alone" not in ran.stdout


def test_a_command_that_isnt_there_is_told_as_containerd_tells_it(project: Path) -> None:
    ran = run(project, "alembicx", "upgrade", "head")
    assert ran.returncode == 127
    assert ran.stdout == 'exec: "alembicx": executable file not found in $PATH\n'
    (project / "start").write_text("")
    assert run(project, "./start").stdout == 'exec: "./start": permission denied\n'


def test_a_stop_reaches_the_command(project: Path) -> None:
    code = (
        "import signal, time\n"
        "def stop(*_): print('stopped', flush=True); raise SystemExit(3)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "print('ready', flush=True)\ntime.sleep(30)"
    )
    command = [sys.executable, str(SCRIPT), sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=project, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "stopped\n"
        assert process.wait(10) == 3


def test_the_output_comes_as_it_is_written(project: Path) -> None:
    code = "print('first', flush=True); input(); print('second')"
    command = [sys.executable, str(SCRIPT), sys.executable, "-c", code]
    with subprocess.Popen(
        command, cwd=project, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "first\n"
        process.stdin.write("\n")
        process.stdin.close()
        assert process.stdout.read() == "second\n"
