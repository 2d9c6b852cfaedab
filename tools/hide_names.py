#!/usr/bin/env python3
"""Makes a static library that shows the functions of the installed headers and hides all others.

hide_names.py OUT.a --headers H... --archives A...
Takes from the archives what those functions need, as one relocatable object (ld -r), and makes
every symbol of hidden visibility local (objcopy)."""
import argparse
import os
import re
import subprocess
import tempfile


def public_functions(headers):
    """Names of functions that a header declares with default visibility."""
    names = []
    for header in headers:
        text = re.sub(r"/\*.*?\*/", "", open(header, encoding="utf-8").read(), flags=re.S)
        text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
        for declaration in re.split(r"[;{}]", text):
            if "HUB_DEVICE_API" in declaration or 'visibility("default")' in declaration:
                declaration = declaration.replace('__attribute__((visibility("default")))', "")
                name = re.search(r"\b(hub_\w+)\s*\(", declaration)
                if name:
                    names.append(name.group(1))
    return sorted(set(names))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--headers", nargs="+", required=True)
    parser.add_argument("--archives", nargs="+", required=True)
    a = parser.parse_args()
    names = public_functions(a.headers)
    with tempfile.TemporaryDirectory() as folder:
        whole = os.path.join(folder, "hubbub.o")
        roots = [f"--undefined={name}" for name in names]
        # a room's kernels lie beside it, in archives of their own
        beside = sorted({os.path.join(os.path.dirname(x), name) for x in a.archives
                         for name in os.listdir(os.path.dirname(x)) if name.endswith(".a")})
        archives = ["--start-group", *beside, "--end-group"]
        subprocess.run(["ld", "-r", "-o", whole, *roots, *archives], check=True)
        subprocess.run(["objcopy", "--localize-hidden", whole], check=True)
        if os.path.exists(a.out):
            os.remove(a.out)
        subprocess.run(["ar", "rcsD", a.out, whole], check=True)


if __name__ == "__main__":
    main()
