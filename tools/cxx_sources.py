"""The project's files as the lint scripts see them: which there are, and C++ code without its
comments and literals, line for line, so that prose never counts as code."""

import re
import subprocess
import sys
from pathlib import Path

_COMMENTS_AND_LITERALS = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",  # not the separator of 10'000
    re.DOTALL,
)


def project_files(root):
    """Tracked and new files, relative to root, none that is ignored or was deleted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True)
    names = sorted(set(listed.stdout.split("\0")) - {""})
    return [name for name in names if (Path(root) / name).is_file()]


def is_cxx(name):
    return name.endswith((".cpp", ".hpp"))


def code_only(text):
    """The text with comments and literals blanked; lines keep their numbers."""
    return _COMMENTS_AND_LITERALS.sub(lambda match: "\n" * match.group().count("\n"), text)


def run(check):
    """Applies check(name, text) -> [(line, message)] to every file; the exit code of the script."""
    root = Path(__file__).resolve().parent.parent
    found = 0
    for name in project_files(root):
        try:
            text = (root / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a binary file: an image, a fuzz corpus
        for line, message in check(name, text):
            print(f"{name}:{line}: {message}", file=sys.stderr)
            found += 1
    return 1 if found else 0
