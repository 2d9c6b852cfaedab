#!/usr/bin/env python3
"""Computes the contrast of every pair of colours that the style sheet puts on each other, in both
themes (WCAG 2.2): 4.5 for text, 3 for lines and shapes that carry meaning. Bands are mixed as the
browser mixes them. Also: no colour stands outside of the tokens, sizes are those of the scale."""
import pathlib
import re
import sys

CSS = pathlib.Path(__file__).resolve().parents[2] / "src/page/assets/office.css"
# (front, ground, least contrast)
PAIRS = [
    ("ink", "ground", 7), ("quiet", "ground", 4.5), ("link", "ground", 4.5), ("line", "ground", 3),
    ("truth", "ground", 4.5), ("edge", "ground", 3), ("line", "mixed-pale", 3), ("quiet", "hair", 3),
]
SIZES = {13, 16, 18, 20, 28, 40}


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def mix(front, ground, part):
    f, g = (([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (front, ground))
    return "#" + "".join("%02x" % round(x * part + y * (1 - part)) for x, y in zip(f, g))


def tokens(block):
    return dict(re.findall(r"--([a-z]+):\s*([^;]+);", block))


def main():
    text = CSS.read_text()
    roots = re.findall(r":root\{(.*?)\}", text, re.S)
    light, dark = tokens(roots[0]), {**tokens(roots[0]), **tokens(roots[1])}
    failures = 0
    for name, theme in (("light", light), ("dark", dark)):
        theme["mixed-pale"] = mix(theme["line"], theme["ground"], float(theme["pale"]))
        for front, ground, least in PAIRS:
            got = contrast(theme[front], theme[ground])
            if got < least:
                failures += 1
                print(f"{name}: {front} on {ground} has {got:.2f}, wants {least}")
    outside = re.sub(r":root\{.*?\}", "", text, flags=re.S)
    for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b", outside):
        failures += 1
        print(f"the colour {colour} is no token")
    for size in re.findall(r"(?:font-size:|font:[^;]*?)(\d+)px", text):
        if int(size) not in SIZES:
            failures += 1
            print(f"the size {size}px is not of the scale")
    if "f46a25" in re.sub(r"--alert:[^;]*;", "", text).lower():
        failures += 1
        print("the alert's colour is used for something else")
    sys.exit(1 if failures else 0)


main()
