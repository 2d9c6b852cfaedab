#!/usr/bin/env python3
"""Writes src/statement/nfc_table.c from the Unicode data of this Python (Debian 12: Unicode 14).

usage: tools/make_nfc_table.py > src/statement/nfc_table.c

Canonical decompositions of one step (Hangul is computed), whether a pair composes again, and
canonical combining classes as ranges: all that normalization form C needs (UAX 15).
"""
import sys
import unicodedata

HANGUL = range(0xAC00, 0xAC00 + 11172)


def decompositions():
    for cp in range(0x110000):
        if cp in HANGUL:
            continue
        mapping = unicodedata.decomposition(chr(cp))
        if mapping == "" or mapping.startswith("<"):
            continue
        parts = [int(p, 16) for p in mapping.split()]
        composed = unicodedata.normalize("NFC", chr(cp)) == chr(cp)
        yield cp, parts[0], parts[1] if len(parts) == 2 else 0, int(composed)


def classes():
    start = 0
    current = 0
    for cp in range(0x110001):
        ccc = unicodedata.combining(chr(cp)) if cp < 0x110000 else 0
        if ccc != current:
            if current != 0:
                yield start, cp - 1, current
            start, current = cp, ccc


def rows(items, form, per_line):
    texts = [form(*item) for item in items]
    for at in range(0, len(texts), per_line):
        print("    " + ", ".join(texts[at:at + per_line]) + ",")


def main():
    print("/* Made by tools/make_nfc_table.py from Unicode %s; see nfc_internal.h. */"
          % unicodedata.unidata_version)
    print('#include "statement/nfc_internal.h"\n')
    print("/* clang-format off */")
    print("const struct hub_nfc_pair hub_nfc_pairs[] = {")
    rows(decompositions(), lambda *r: "{0x%X, 0x%X, 0x%X, %d}" % r, 3)
    print("};\nconst size_t hub_n_nfc_pairs = sizeof(hub_nfc_pairs) / sizeof(hub_nfc_pairs[0]);\n")
    print("const struct hub_nfc_class hub_nfc_classes[] = {")
    rows(classes(), lambda *r: "{0x%X, 0x%X, %d}" % r, 4)
    print("};\nconst size_t hub_n_nfc_classes = "
          "sizeof(hub_nfc_classes) / sizeof(hub_nfc_classes[0]);")
    print("/* clang-format on */")
    return 0


if __name__ == "__main__":
    sys.exit(main())
