"""The front: finds programs beside itself and in PATH, passes arguments on, tells what is missing.

    test_front.py PATH-OF-HUBBUB
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HUBBUB = None
STUB = '#!/bin/sh\necho "{name}"\nfor a in "$@"; do echo "[$a]"; done\nexit 7\n'


class Front(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir)
        self.beside = self.dir / "beside"
        self.path = self.dir / "path"
        self.beside.mkdir()
        self.path.mkdir()
        shutil.copy(HUBBUB, self.beside / "hubbub")

    def stub(self, folder, program, name):
        file = folder / program
        file.write_text(STUB.format(name=name))
        file.chmod(0o755)

    def run_front(self, *arguments):
        env = dict(os.environ, PATH=f"{self.path}:/usr/bin:/bin")
        done = subprocess.run([self.beside / "hubbub", *arguments], capture_output=True, text=True,
                              env=env, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_beside_comes_before_path(self):
        self.stub(self.path, "hubbub-device", "in path")
        self.assertEqual(self.run_front("device", "a b", "--x"), (7, "in path\n[a b]\n[--x]\n", ""))
        self.stub(self.beside, "hubbub-device", "beside")
        self.assertEqual(self.run_front("device")[1], "beside\n")

    def test_word_goes_to_programs_of_several(self):
        self.stub(self.beside, "hubbub-admin", "admin")
        self.assertEqual(self.run_front("task", "new", "taxi"), (7, "admin\n[task]\n[new]\n[taxi]\n", ""))
        self.stub(self.beside, "hubbub-aggregator", "aggregator")
        self.assertEqual(self.run_front("aggregator", "--config", "f")[1],
                         "aggregator\n[--config]\n[f]\n")

    def test_missing_program(self):
        code, out, err = self.run_front("collector")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("hubbub-collector", err)

    def test_program_that_does_not_start(self):
        file = self.beside / "hubbub-device"
        file.write_bytes(b"\x7fELF nonsense")
        file.chmod(0o755)
        code, out, err = self.run_front("device")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("does not start", err)

    def test_wrong_use(self):
        self.assertEqual(self.run_front()[:2], (2, ""))
        code, out, err = self.run_front("nonsense")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("nonsense", err)

    def test_help_and_version(self):
        code, out, err = self.run_front("--help")
        self.assertEqual((code, err), (0, ""))
        for word in ("demo", "device", "aggregator", "collector", "office", "task", "vectors"):
            lines = [o for o in out.splitlines() if o.split()[:1] == [word]]
            self.assertEqual(len(lines), 1, word)
            self.assertLessEqual(len(lines[0]), 80)
        self.assertEqual(self.run_front("help")[1], out)
        code, out, _ = self.run_front("--version")
        self.assertEqual(code, 0)
        self.assertTrue(out.startswith("hubbub "))


if __name__ == "__main__":
    HUBBUB = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
