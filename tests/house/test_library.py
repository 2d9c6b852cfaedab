#!/usr/bin/env python3
"""The library, shared and static, shows exactly the functions of the installed headers, and a program
that knows nothing but these headers links and runs with either.

test_library.py CC INCLUDE_DIR TOOLS_DIR LIB.so LIB.a [CFLAG...]"""
import os
import subprocess
import sys
import tempfile

cc, include, tools, shared, static, *flags = sys.argv[1:]
sys.path.insert(0, tools)
sys.dont_write_bytecode = True
import hide_names  # noqa: E402

headers = [os.path.join(include, "hubbub", h)
           for h in ("bytes.h", "device.h", "status.h", "vdaf.h", "version.h")]
expected = hide_names.public_functions(headers)

PROGRAM = """
#include "hubbub/device.h"
#include "hubbub/vdaf.h"
#include "hubbub/version.h"
#include <stdio.h>
#include <string.h>
static hub_status read_nothing(void *s, uint64_t at, uint8_t *out, size_t n, size_t *got)
{ (void)s; (void)at; (void)out; (void)n; (void)got; return HUB_E_NOT_FOUND; }
static hub_status drop(void *s, hub_span b) { (void)s; (void)b; return HUB_OK; }
static hub_status zeros(void *s, uint8_t *out, size_t n) { (void)s; memset(out, 0, n); return HUB_OK; }
int main(void)
{
    const struct hub_device_storage storage = {NULL, read_nothing, drop, drop};
    const struct hub_device_random random = {NULL, zeros};
    struct hub_device *d = NULL;
    unsigned task;
    char why[320] = "";
    if (hub_device_open(&d, &storage, &random, 1000) != HUB_OK) return 1;
    if (hub_device_join(d, &task, hub_span_of("no statement\\n", 13), HUB_SPAN_EMPTY, 1000, why,
                        sizeof(why)) != HUB_E_CONFIG) return 2;
    hub_device_close(d);
    printf("%s %s %s\\n", hub_version(), hub_status_text(HUB_OK), why);
    return strcmp(hub_version(), HUB_VERSION) == 0 && strstr(why, "line 1") != NULL ? 0 : 3;
}
"""


def names(library, *options):
    out = subprocess.run(["nm", *options, "--defined-only", library], check=True,
                         capture_output=True, text=True).stdout
    return sorted({line.split()[-1].split("@")[0] for line in out.splitlines()
                   if len(line.split()) == 3 and line.split()[-1].startswith("hub_")})


def check(what, ok, detail=""):
    print(("ok   " if ok else "FAIL ") + what + ("" if ok else ": " + detail))
    return ok


good = check("the headers declare functions", len(expected) >= 10, str(expected))
for library, options in ((shared, ["-D"]), (static, ["--extern-only"])):
    shown = names(library, *options)
    good &= check("names of " + os.path.basename(library), shown == expected,
                  f"extra {set(shown) - set(expected)}, missing {set(expected) - set(shown)}")
with tempfile.TemporaryDirectory() as folder:
    source = os.path.join(folder, "program.c")
    open(source, "w", encoding="utf-8").write(PROGRAM)
    for library, more in ((shared, ["-Wl,-rpath," + os.path.dirname(os.path.abspath(shared))]),
                          (static, ["-lcrypto", "-lgmp", "-linih", "-lm"])):
        program = os.path.join(folder, "program")
        subprocess.run([cc, "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *flags, "-I",
                        include, source, library, *more, "-o", program], check=True)
        run = subprocess.run([program], capture_output=True, text=True)
        good &= check("a program with " + os.path.basename(library), run.returncode == 0,
                      run.stdout + run.stderr)
sys.exit(0 if good else 1)
