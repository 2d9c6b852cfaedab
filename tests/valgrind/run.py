#!/usr/bin/env python3
"""Runs one test under valgrind's memcheck: `meson test --setup valgrind` puts this in front of each.

    run.py BUILD COMMAND ARGUMENTS...

A program of BUILD is run with all that it starts. A script is not (its interpreter is no part of
this), but every program of BUILD that it names, or that lies in a folder that it names, is exchanged
for one of the same name that starts the real one under valgrind. What memcheck finds, in any of the
processes, fails the test: a bad read or write, a decision by bytes that nobody wrote, memory that is
lost. README.md has what is left out, and why."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77

# By the name of the program or script, what cannot be, or would say nothing.
NOTHING_OF_OURS = "it starts no program of ours"
WALL_CLOCK = "its windows last seconds of the system's clock, and processes start too slowly for them"
LEFT_OUT = {
    "check_rooms.py": NOTHING_OF_OURS,
    "test_check_rooms.py": NOTHING_OF_OURS,
    "check_dap.py": NOTHING_OF_OURS,
    "test_check_dap.py": NOTHING_OF_OURS,
    "test_no_test_mechanism.py": NOTHING_OF_OURS,
    "test_library.py": NOTHING_OF_OURS,
    "test_packages.py": NOTHING_OF_OURS,
    "test_targets.py": NOTHING_OF_OURS,
    "test_contrast.py": NOTHING_OF_OURS,
    "test_model.py": NOTHING_OF_OURS,
    "test_proxy.py": NOTHING_OF_OURS,
    "valgrind": "it runs under valgrind as it is",
    "test_wiped": "it reads the whole memory of its process, what was freed too, to look for secrets",
    "test_vdaf_memory": "it looks at the stack of a thread that has ended, which memcheck closes",
}


def reason_against(command):
    for word in command[:3]:
        reason = LEFT_OUT.get(os.path.basename(word))
        if reason:
            return reason
    return None


def valgrind(logs):
    # Fair: threads take turns, so that one that waits for another does not starve it. What is in
    # /usr is not ours: servers, shells, interpreters.
    return ["valgrind", "--quiet", "--vgdb=no", "--leak-check=full", "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite", "--num-callers=30", "--fair-sched=yes",
            "--trace-children=yes", "--trace-children-skip=/usr/*,/bin/*,/sbin/*",
            "--suppressions=" + os.path.join(HERE, "libraries.supp"),
            "--log-file=" + os.path.join(logs, "%p")]


def is_program(path):
    try:
        with open(path, "rb") as f:
            return f.read(4) == b"\x7fELF" and os.access(path, os.X_OK)
    except OSError:
        return False


class Stand:
    """A folder of programs that start the real ones under valgrind."""

    def __init__(self, folder, build, prefix):
        self.folder, self.build, self.prefix, self.n = folder, build, prefix, 0

    def _new_folder(self):
        self.n += 1
        path = os.path.join(self.folder, str(self.n))
        os.mkdir(path)
        return path

    def _put(self, real, to):
        with open(to, "w", encoding="utf-8") as f:
            f.write(f'#!/bin/sh\nexec {shlex.join(self.prefix + [real])} "$@"\n')
        os.chmod(to, 0o755)

    def exchanged(self, word):
        path = os.path.realpath(word)
        if not path.startswith(self.build + os.sep):
            return word
        if is_program(path) and not path.endswith((".so", ".a")):
            to = os.path.join(self._new_folder(), os.path.basename(path))
            self._put(path, to)
            return to
        if os.path.isdir(path) and any(is_program(e.path) for e in os.scandir(path)):
            folder = self._new_folder()
            for entry in os.scandir(path):
                to = os.path.join(folder, entry.name)
                if entry.is_file() and is_program(entry.path):
                    self._put(entry.path, to)
                else:
                    os.symlink(entry.path, to)
            return folder
        return word


def findings(logs):
    """What memcheck wrote, a text a process; its remarks about large allocations are none."""
    found = []
    for name in sorted(os.listdir(logs)):
        with open(os.path.join(logs, name), encoding="utf-8", errors="replace") as f:
            lines = [line for line in f if not re.match(r"==\d+== Warning: set address range", line)]
        if any(re.match(r"(==|\*\*)\d+(==|\*\*) +\S", line) for line in lines):
            found.append("".join(lines))
    return found


def tell_tier():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        if "avx512" in f.read():
            print("valgrind shows programs a processor without AVX-512: kernels up to AVX2 are chosen")


def main():
    build, command = os.path.realpath(sys.argv[1]), sys.argv[2:]
    reason = reason_against(command)
    if not reason and not shutil.which("valgrind"):
        reason = "there is no valgrind"
    if reason:
        print("skipped: " + reason)
        return SKIPPED
    tell_tier()
    with tempfile.TemporaryDirectory(prefix="hubbub-valgrind-") as folder:
        logs, stand = os.path.join(folder, "logs"), os.path.join(folder, "stand")
        # Servers of another user write theirs too.
        os.mkdir(logs)
        os.mkdir(stand)
        os.chmod(folder, 0o755)
        os.chmod(logs, 0o1777)
        prefix = valgrind(logs)
        environment = dict(os.environ, HUBBUB_SLOW="1")  # no test asks how fast it was
        if is_program(command[0]) and os.path.realpath(command[0]).startswith(build + os.sep):
            command = prefix + command
        else:
            programs = Stand(stand, build, prefix)
            command = command[:1] + [programs.exchanged(word) for word in command[1:]]
        code = subprocess.run(command, check=False, env=environment).returncode
        found = findings(logs)
    for text in found:
        print(text, file=sys.stderr)
    if found and code in (0, SKIPPED):
        return 1
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
