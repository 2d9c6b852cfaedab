"""The Debian packaging: every program that is installed, but for the benches, is in a package of its
name and documents itself; every unit runs that program as a user of its own and, where systemd's own
judgement is at hand, with little exposure."""

import pathlib
import re
import shutil
import subprocess
import sys

EXPOSURE_MAX = 2.0  # of 10, by systemd-analyze security
NOT_PACKAGED = {"hubbub-bench"}

failures = []


def check(holds, what):
    if not holds:
        failures.append(what)


def exposure(unit):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
                          capture_output=True, text=True, check=False)
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    return float(found.group(1)) if found else None


root = pathlib.Path(sys.argv[1])
installed = {pathlib.Path(p).name for p in sys.argv[2:]} - NOT_PACKAGED
debian = root / "debian"
control = (debian / "control").read_text()
packages = set(re.findall(r"^Package: (\S+)", control, re.M))

check(len(installed) >= 6, f"only {sorted(installed)} are installed")
for program in sorted(installed):
    check(program in packages, f"debian/control has no package {program}")
    install = debian / f"{program}.install"
    check(install.exists() and install.read_text().split() == [f"usr/bin/{program}"],
          f"{install} does not install usr/bin/{program}")
for name in NOT_PACKAGED | {"hubbub-demo", "hubbub-interop"}:
    check(name not in packages, f"{name} is no package")

units = sorted(debian.glob("*.service"))
check(len(units) == 3, f"{len(units)} units")
for unit in units:
    text = unit.read_text()
    program = unit.stem
    check(f"ExecStart=/usr/bin/{program} " in text, f"{unit.name} starts another program")
    check(f"User={program}\n" in text, f"{unit.name} has no user of its own")
    sysusers = (debian / f"{program}.sysusers").read_text()
    check(f"u {program} " in sysusers, f"{program}.sysusers does not make {program}")
    if shutil.which("systemd-analyze"):
        level = exposure(unit)
        check(level is not None and level <= EXPOSURE_MAX, f"{unit.name}: exposure {level}")

version = re.search(r"version : '([^']+)'", (root / "meson.build").read_text()).group(1)
changelog = (debian / "changelog").read_text()
check(changelog.startswith(f"hubbub ({version}) "), f"debian/changelog is not about {version}")

for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
