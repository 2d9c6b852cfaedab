"""tools/check_rooms.py must find each kind of violation, planted one at a time, and nothing else."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = ROOT / "tools" / "check_rooms.py"

# A small house in which all is well.
CLEAN = {
    "src/base/bytes.h": "#include <string.h>\n",
    "src/base/file.c": '#include "base/bytes.h"\n#include <unistd.h>\n#include <ini.h>\n',
    "src/crypto/hash.c": '#include "crypto/hash_internal.h"\n#include <openssl/evp.h>\n',
    "src/crypto/hash_internal.h": '#include "base/bytes.h"\n',
    "src/vdaf/prio3.c": '#include "keccak/keccak.h"\n#include "field/field64.h"\n'
                        "/* printf(1) in words, \"time(2)\" in a text */\n",
    "src/leader/receive.c": '#include "store/unit.h"\n#include "http/server.h"\n#include <time.h>\n',
    "src/page/draw.c": '#include "series/point.h"\n#include "hubbub/bytes.h"\n',
    "src/http/server.c": "#include <microhttpd.h>\n#include <jansson.h>\n",
    "src/noise/sample.c": "#include <gmp.h>\nint f(void)\n{\n    return snprintf(0, 0, \"\");\n}\n",
    "programs/office.c": '#include "page/draw.h"\n',
    "programs/bench.c": '#include "vdaf/prio3.h"\n#include <jansson.h>\n',
    "include/hubbub/vdaf.h": '#include "hubbub/bytes.h"\n',
    "tests/unit/crypto/test_hash.c": '#include "crypto/hash_internal.h"\n#include <cmocka.h>\n',
}

# file, line, what the report must say
PLANTED = [
    ("src/vdaf/prio3.c", '#include "store/unit.h"', "vdaf may not use store"),
    ("src/leader/receive.c", '#include "helper/job.h"', "leader may not use helper"),
    ("src/base/bytes.h", '#include "crypto/hash.h"', "base may not use crypto"),
    ("src/http/server.c", '#  include  "crypto/hash.h"', "http may not use crypto"),
    ("src/page/draw.c", '#include "vdaf/prio3.h"', "across the wall"),
    ("src/series/point.c", '#include "store/unit.h"', "across the wall"),
    ("programs/office.c", '#include "hpke/hpke.h"', "across the wall"),
    ("programs/office_run.c", '#include "collector/run.h"', "across the wall"),
    ("src/store/unit.c", "#include <sqlite3.h>", "sqlite3.h is for db"),
    ("src/hpke/hpke.c", "#include <openssl/evp.h>", "openssl/evp.h is for crypto"),
    ("src/series/point.c", "#include <curl/curl.h>", "curl/curl.h is for http"),
    ("src/statement/text.c", "#include <jansson.h>", "jansson.h is for"),
    ("src/task/load.c", "#include <ini.h>", "ini.h is for base"),
    ("src/interval/fit.c", "#include <gmp.h>", "gmp.h is for"),
    ("src/http/server.c", "#include <cmocka.h>", "cmocka.h is for tests"),
    ("src/vdaf/prio3.c", "#include <sys/socket.h>", "pure room vdaf includes sys/socket.h"),
    ("src/wire/report.c", "#include <time.h>", "pure room wire includes time.h"),
    ("src/task/load.c", '#include "base/file.h"', "pure room task includes base/file.h"),
    ("src/trend/rise.c", '#include "base/log.h"', "pure room trend includes base/log.h"),
    ("src/noise/sample.c", "static int f(void) { return printf(\"x\"); }", "pure room noise calls"),
    ("src/leader/receive.c", '#include "crypto/hash_internal.h"', "is for crypto itself"),
    ("programs/bench.c", '#include "crypto/hash_internal.h"', "is for crypto itself"),
    ("src/vdaf/prio3.c", '#include "prio3.h"', "does not name the room"),
    ("src/vdaf/prio3.c", '#include "attic/old.h"', "is no room of the map"),
    ("src/attic/old.c", "int x;", "not in docs/rooms.md"),
    ("include/hubbub/vdaf.h", '#include "base/bytes.h"', "the installed API includes"),
]

# in docs/rooms.md: what is replaced, by what, what the message must say
BROKEN_MAPS = [
    ("xof: keccak crypto field\n", "xof: keccak crypto field vdaf\n", "a circle"),
    ("trend: series\n", "trend: series store\n", "across the wall"),
    ("hpke: crypto\n", "hpke: crypto attic\n", "which is no room"),
    ("hpke: crypto\n", "hpke: crypto\nhpke: wire\n", "there twice"),
    ("```pure\n", "```\n", "no block called pure"),
]


class CheckRooms(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        (self.root / "docs").mkdir()
        shutil.copy(ROOT / "docs" / "rooms.md", self.root / "docs")
        for path, text in CLEAN.items():
            self.write(path, text)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def check(self):
        done = subprocess.run([sys.executable, CHECK, self.root], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout, done.stderr

    def test_clean_house(self):
        code, out, _ = self.check()
        self.assertEqual((code, out.splitlines()[0].split(":")[0]), (0, "rooms"), out)

    def test_each_violation(self):
        for path, line, want in PLANTED:
            with self.subTest(path=path, line=line):
                old = CLEAN.get(path, "")
                self.write(path, old + line + "\n")
                code, out, _ = self.check()
                self.assertEqual(code, 1)
                self.assertIn(want, out)
                n = len(old.splitlines()) + 1
                if path != "src/attic/old.c":
                    self.assertTrue(all(f"{path}:{n}:" in o for o in out.splitlines()), out)
                if old:
                    self.write(path, old)
                else:
                    (self.root / path).unlink()
                    if not any((self.root / path).parent.iterdir()):
                        (self.root / path).parent.rmdir()

    def test_broken_maps(self):
        map_file = self.root / "docs" / "rooms.md"
        good = map_file.read_text()
        for old, new, want in BROKEN_MAPS:
            with self.subTest(want=want):
                self.assertIn(old, good)
                map_file.write_text(good.replace(old, new))
                code, _, err = self.check()
                self.assertEqual(code, 2)
                self.assertIn(want, err)


if __name__ == "__main__":
    unittest.main()
