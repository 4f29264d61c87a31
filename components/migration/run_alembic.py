"""Runs a command of Alembic's, and lets it end well where the database is newer than the image.

After a rollback, the database is at a revision that the older image doesn't have. Alembic calls
that an error, and has no option that doesn't (sqlalchemy/alembic#691, read in 2026-11).
"""

import re
import signal
import subprocess
import sys

UNKNOWN = re.compile(rb"Can't locate revision identified by '([^']+)'")


def main(command: list[str]) -> int:
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        # What containerd says of a container's command, which this one would be otherwise.
        return fail(f'exec: "{command[0]}": executable file not found in $PATH', 127)
    except PermissionError:
        return fail(f'exec: "{command[0]}": permission denied', 126)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: process.send_signal(number))
    revision = None
    for line in process.stdout or ():
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        if found := UNKNOWN.search(line):
            revision = found[1].decode()
    code = process.wait()
    # One that the command itself names is a mistake in the command.
    if code != 0 and revision and not any(revision in word for word in command):
        print(
            f"The database is at revision {revision}, which this image doesn't know. "
            "The schema is left alone."
        )
        return 0
    return code if code >= 0 else 128 - code


def fail(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
