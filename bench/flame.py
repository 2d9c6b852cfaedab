#!/usr/bin/env python3
"""Draws where the processor time of leader and helper goes while reports are uploaded and aggregated.

flame.py BENCH_PIPELINE FOLDER [--reports N] [--database sqlite|postgresql]

Runs the case "prepared" of bench_pipeline, records both aggregators with perf (Debian: linux-perf; as
root, or with kernel.perf_event_paranoid at most 1), and writes FOLDER/flame-leader.svg and
FOLDER/flame-helper.svg: width is processor time, a function stands on its caller, functions below
0.4 % of the whole are left out. Prints each one's shares by library and by function itself."""
import argparse
import collections
import html
import os
import re
import subprocess
import sys
import tempfile
import time

FREQUENCY = 499
START_S = 1.5  # perf sees the threads that are there; the bench makes reports meanwhile
STACK_BYTES = 16384
LEAST = 0.004  # of the whole: narrower ones are not drawn
WIDTH, ROW, MARGIN, HEAD = 1200, 17, 10, 44
# What a frame's file is, and the colour of those.
KINDS = [("kernel", re.compile(r"^\[|vmlinux"), "#b8b8b8"),
         ("libcrypto", re.compile(r"libcrypto"), "#8fb7dd"),
         ("SQLite", re.compile(r"libsqlite3"), "#9fcf9f"),
         ("HTTP and TLS", re.compile(r"libmicrohttpd|libcurl|libgnutls|libnettle|libssl"),
          "#d9b3dd"),
         ("C library", re.compile(r"libc\.|libc-|ld-linux|libm\.|libpthread"), "#d8d2b0"),
         ("hubbub", re.compile(r"hubbub"), "#f0b27a")]
OTHER = ("other", None, "#e6e6e6")
FRAME = re.compile(r"^\s+[0-9a-f]+ (.*) \((.*)\)$")
OFFSET = re.compile(r"\+0x[0-9a-f]+$")


def kind_of(file):
    for kind in KINDS:
        if kind[1].search(os.path.basename(file) or file):
            return kind
    return OTHER


def read_stacks(data):
    """Of perf's file: frames from the thread's start inwards, each (function, kind) -> samples."""
    text = subprocess.run(["perf", "script", "-i", data, "-F", "comm,ip,sym,dso"], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    stacks = collections.Counter()
    for block in text.split("\n\n"):
        frames = []
        kind = OTHER[0]
        for line in reversed(block.splitlines()[1:]):
            match = FRAME.match(line)
            if match:
                name = OFFSET.sub("", match.group(1))
                if match.group(2) != "inlined":  # else it is in its caller's file
                    kind = kind_of(match.group(2))[0]
                frames.append((name if name != "[unknown]" else f"[{kind}]", kind))
        if frames:
            stacks[tuple(frames)] += 1
    return stacks


class Node:
    def __init__(self):
        self.n = 0
        self.children = {}


def make_tree(stacks):
    root = Node()
    for frames, n in stacks.items():
        root.n += n
        node = root
        before = None
        for frame in frames:
            if frame == before and frame[0].startswith("["):
                continue  # unnamed ones of a file are one
            before = frame
            node = node.children.setdefault(frame, Node())
            node.n += n
    return root


def depth_of(node, total):
    return 1 + max((depth_of(c, total) for c in node.children.values() if c.n >= LEAST * total),
                   default=0)


def draw_node(out, node, total, x, level, height):
    """The children of a node, whose left edge is at x samples."""
    scale = (WIDTH - 2 * MARGIN) / total
    for (name, kind), child in sorted(node.children.items(), key=lambda item: -item[1].n):
        if child.n >= LEAST * total:
            left, width = MARGIN + x * scale, child.n * scale
            top = height - MARGIN - (level + 1) * ROW
            colour = next((k[2] for k in KINDS if k[0] == kind), OTHER[2])
            label = name if len(name) * 6.3 < width - 4 else name[:max(0, int(width / 6.3) - 2)]
            out.append(f'<g><title>{html.escape(name)} ({kind}): {100 * child.n / total:.1f} %'
                       f'</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}" '
                       f'height="{ROW - 1}" fill="{colour}"/>')
            if len(label) > 2:
                out.append(f'<text x="{left + 2:.1f}" y="{top + 12}">{html.escape(label)}</text>')
            out.append("</g>")
            draw_node(out, child, total, x, level + 1, height)
        x += child.n


def draw(title, stacks):
    root = make_tree(stacks)
    height = HEAD + 2 * MARGIN + ROW * (depth_of(root, root.n) - 1)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
           'font-family="monospace" font-size="10.5"><style>rect{stroke:#fff;stroke-width:.5}'
           'text{pointer-events:none}.t{font-size:13px}</style>',
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
           f'<text class="t" x="{MARGIN}" y="18">{html.escape(title)}</text>']
    x = MARGIN
    for name, _, colour in KINDS + [OTHER]:
        out.append(f'<rect x="{x}" y="26" width="10" height="10" fill="{colour}"/>'
                   f'<text x="{x + 14}" y="35">{name}</text>')
        x += 24 + 7 * len(name) + 14
    draw_node(out, root, root.n, 0, 0, height)
    out.append("</svg>\n")
    return "\n".join(out)


def print_shares(name, stacks):
    total = sum(stacks.values())
    kinds, functions = collections.Counter(), collections.Counter()
    for frames, n in stacks.items():
        kinds[frames[-1][1]] += n
        functions[frames[-1]] += n
    print(f"{name}: {total} samples; " + ", ".join(
        f"{kind} {100 * n / total:.1f} %" for kind, n in kinds.most_common()))
    for (function, kind), n in functions.most_common(25):
        print(f"  {100 * n / total:5.1f} %  {function} ({kind})")


def record(args, folder):
    """Runs the bench with perf at both aggregators; the paths of what it recorded."""
    bench = subprocess.Popen([args.bench, "--case", "prepared", "--reports", str(args.reports),
                              "--database", args.database], stderr=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    pids = {}
    while len(pids) < 2:
        line = bench.stderr.readline()
        match = re.match(r"(leader|helper): process (\d+),", line)
        if not match:
            raise RuntimeError(f"bench_pipeline says: {line}")
        pids[match.group(1)] = match.group(2)
    time.sleep(START_S)
    files = {name: os.path.join(folder, name + ".data") for name in pids}
    recorders = [subprocess.Popen(
        ["perf", "record", "-q", "-F", str(FREQUENCY), "--call-graph", f"dwarf,{STACK_BYTES}", "-p",
         pid, "-o", files[name]], stderr=subprocess.DEVNULL) for name, pid in pids.items()]
    line = bench.stdout.read()
    if bench.wait() != 0:
        raise RuntimeError("bench_pipeline has failed")
    for recorder in recorders:
        recorder.wait()
    print(line, end="")
    return files


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("bench")
    parser.add_argument("folder")
    parser.add_argument("--reports", type=int, default=40000)
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgresql"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        for name, data in sorted(record(args, folder).items()):
            stacks = read_stacks(data)
            print_shares(name, stacks)
            title = (f"{name}, Histogram(100, chunk 10), {args.database}, upload and aggregation of "
                     f"{args.reports:,} reports: processor time")
            path = os.path.join(args.folder, f"flame-{name}.svg")
            with open(path, "w", encoding="utf-8") as file:
                file.write(draw(title, stacks))
    return 0


if __name__ == "__main__":
    sys.exit(main())
