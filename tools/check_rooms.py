#!/usr/bin/env python3
"""Holds every #include to the map in docs/rooms.md.

    tools/check_rooms.py [ROOT]

Prints one line a violation, path:line: what, and exits 1 if there is any; 2 if the map itself is
wrong. Without a violation it prints how much was looked at.
"""
import fnmatch
import pathlib
import re
import sys

BLOCK = re.compile(r"^```(rooms|wall|libraries|pure)\n(.*?)^```", re.M | re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
SOURCES = (".c", ".h", ".inc", ".S")
OUTSIDE = ("programs", "tests", "bench", "include", "examples")

# Doors to the world that a pure room has no use for.
IMPURE_HEADERS = (
    "sys/socket.h", "sys/epoll.h", "sys/select.h", "sys/un.h", "sys/stat.h", "sys/mman.h",
    "sys/time.h", "sys/random.h", "netinet/*", "arpa/*", "netdb.h", "poll.h", "fcntl.h", "unistd.h",
    "dirent.h", "time.h", "pthread.h", "threads.h", "syslog.h",
    "base/file.h", "base/log.h", "base/clock.h",
)
IMPURE_CALLS = re.compile(
    r"\b(?:v?f?printf|puts|putchar|fputs|fopen|fdopen|fread|fwrite|fflush|perror|time|clock|getenv|"
    r"rand|srand|random|system)\s*\("
)


class MapError(Exception):
    pass


class Map:
    def __init__(self, text):
        blocks = {}
        for name, body in BLOCK.findall(text):
            if name in blocks:
                raise MapError(f"two blocks called {name}")
            blocks[name] = body
        missing = {"rooms", "wall", "libraries", "pure"} - blocks.keys()
        if missing:
            raise MapError("no block called " + ", ".join(sorted(missing)))
        self.direct = self._rooms(blocks["rooms"])
        self.allowed = {room: self._closure(room, ()) | {room, "base"} for room in self.direct}
        self.walls = list(self._pairs(blocks["wall"]))
        self.libraries = {names[0]: set(users) for names, users in self._pairs(blocks["libraries"])}
        self.pure = set(blocks["pure"].split())
        self._check()

    @staticmethod
    def _pairs(body):
        for line in filter(str.strip, body.splitlines()):
            left, colon, right = line.partition(":")
            if not colon:
                raise MapError(f'a line without a colon: "{line}"')
            yield left.split(), [w for w in right.split() if w != "-"]

    def _rooms(self, body):
        direct = {}
        for names, uses in self._pairs(body):
            for name in names:
                if name in direct:
                    raise MapError(f"the room {name} is there twice")
                direct[name] = set(uses)
        for name, uses in direct.items():
            for unknown in uses - direct.keys():
                raise MapError(f"{name} may use {unknown}, which is no room")
        return direct

    def _closure(self, room, path):
        if room in path:
            raise MapError("a circle: " + " -> ".join((*path, room)))
        reached = set()
        for used in self.direct[room]:
            reached |= {used} | self._closure(used, (*path, room))
        return reached

    def _check(self):
        rooms = self.direct.keys()
        for unknown in self.pure - rooms:
            raise MapError(f"the pure room {unknown} is no room")
        for left, right in self.walls:
            for name in [n for n in left if "/" not in n] + right:
                if name not in rooms:
                    raise MapError(f"the wall names {name}, which is no room")
            for room in set(left) & rooms:
                through = self.allowed[room] & set(right)
                if through:
                    raise MapError(f"{room} may use {sorted(through)} across the wall")


def without_comments(text):
    """The text with comments and string contents blanked, line by line as before."""
    def blank(match):
        piece = match.group(0)
        if piece.startswith('"'):
            return '"' + re.sub(r"[^\n]", " ", piece[1:-1]) + '"'
        return re.sub(r"[^\n]", " ", piece)

    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def is_library_of(header, pattern):
    return fnmatch.fnmatchcase(header, pattern)


class Checker:
    def __init__(self, root, rooms_map):
        self.root = root
        self.map = rooms_map
        self.found = []
        self.n_files = 0
        self.n_includes = 0

    def report(self, path, line, what):
        self.found.append(f"{path.relative_to(self.root)}:{line}: {what}")

    def check_file(self, path, room, area):
        """room: of a file under src/, else None; area: its first folder."""
        self.n_files += 1
        text = path.read_text(encoding="utf-8")
        code = without_comments(text).splitlines()
        for number, line in enumerate(text.splitlines(), 1):
            match = INCLUDE.match(line)
            if match and code[number - 1].lstrip().startswith("#"):
                self.n_includes += 1
                own, foreign = match.groups()
                self.check_library(path, number, room or area, own or foreign)
                if own:
                    self.check_own(path, number, room, area, own)
                if room in self.map.pure:
                    self.check_pure_header(path, number, room, own or foreign)
        if room in self.map.pure:
            for number, line in enumerate(code, 1):
                call = IMPURE_CALLS.search(line)
                if call and not line.lstrip().startswith("#"):
                    self.report(path, number, f"the pure room {room} calls {call.group(0)}...)")

    def check_library(self, path, number, user, header):
        for pattern, users in self.map.libraries.items():
            if is_library_of(header, pattern) and user not in users:
                self.report(path, number,
                            f"{header} is for {' '.join(sorted(users))}, not for {user}")

    def check_own(self, path, number, room, area, header):
        if header.startswith("hubbub/"):
            return
        target, slash, name = header.partition("/")
        if room is not None:
            if not slash:
                self.report(path, number, f'"{header}" does not name the room it visits')
            elif target not in self.map.direct:
                self.report(path, number, f'"{header}": {target} is no room of the map')
            elif target not in self.map.allowed[room]:
                self.report(path, number, f"{room} may not use {target}")
        if area == "include":
            self.report(path, number, f'the installed API includes "{header}"')
        is_room = target in self.map.direct and slash
        if is_room and name.endswith("_internal.h") and target != room and \
                area not in ("tests", "bench"):
            self.report(path, number, f"{header} is for {target} itself")
        place = room or path.relative_to(self.root).as_posix()
        for left, right in self.map.walls:
            if target in right and any(fnmatch.fnmatchcase(place, p) for p in left):
                self.report(path, number, f"{place} reaches {target} across the wall")

    def check_pure_header(self, path, number, room, header):
        if any(fnmatch.fnmatchcase(header, p) for p in IMPURE_HEADERS):
            self.report(path, number, f"the pure room {room} includes {header}")

    def run(self):
        src = self.root / "src"
        for folder in sorted(p for p in src.iterdir() if p.is_dir()):
            if folder.name not in self.map.direct:
                self.found.append(f"src/{folder.name}: not in docs/rooms.md")
                continue
            for path in self.sources(folder):
                self.check_file(path, folder.name, "src")
        for area in OUTSIDE:
            for path in self.sources(self.root / area):
                self.check_file(path, None, area)

    @staticmethod
    def sources(folder):
        return sorted(p for p in folder.rglob("*") if p.suffix in SOURCES and p.is_file())


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parents[1]).resolve()
    try:
        rooms_map = Map((root / "docs" / "rooms.md").read_text(encoding="utf-8"))
    except (OSError, MapError) as error:
        print(f"docs/rooms.md: {error}", file=sys.stderr)
        return 2
    checker = Checker(root, rooms_map)
    checker.run()
    for line in checker.found:
        print(line)
    if not checker.found:
        print(f"rooms: {checker.n_includes} includes in {checker.n_files} files, all along the map")
    return 1 if checker.found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
