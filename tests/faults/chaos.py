"""What goes wrong in a run of run.py; every choice comes from the run's seed."""
import os
import random
import signal
import time

from city import ACTIONS, MOMENTS, wait_until
from relay import CUTS

BACK_S = 1500         # five times the skew that is allowed
FAR_BACK_S = 4 * 3600  # behind the start of a window that is released
# The steps that each party commits, and the moments that they have.
STEPS_OF = {"leader": ("upload", "take", "ready", "finish", "collect", "release", "any"),
            "helper": ("helper", "share", "any")}
WITH_HEAD = ("share", "release", "burn", "any")
CALM_S = 60
# One in so many turns something happens, rarer while somebody is down: a slow machine gets less at once.
ONE_IN, ONE_IN_DOWN = 6, 25
# How often what: for a file, for a server.
FILE, SERVER = 0, 1
KINDS = {
    "kill": (30, 20), "meet_at_commit": (55, 40), "hang": (12, 20), "hurt_disk": (14, 8),
    "fill_disk": (14, 6), "lose_head": (3, 3), "put_image": (9, 5), "swap_image": (0, 7),
    "put_server_image": (0, 2), "restart_server": (0, 5), "kill_backend": (0, 4),
    "fill_server": (0, 4), "cut_database": (0, 40), "clock": (26, 26),
}
RESTORES = ("lose_head", "put_image", "swap_image", "put_server_image")


class Chaos:
    def __init__(self, city, seed):
        self.city, self.random = city, random.Random(seed)
        self.restores = self.random.random() < 0.45 or city.must_restore
        engine = SERVER if city.server else FILE
        self.kinds = [k for k, n in KINDS.items() if n[engine] and
                      (self.restores or k not in RESTORES)]
        self.weights = [KINDS[k][engine] for k in self.kinds]
        self.dead_until = {}   # processes
        self.hung_until = {}
        self.disk_until = {}
        self.room_until = {}   # disks
        self.clock_until = {}  # names
        self.waits_for = {}    # a process starts when the other listens
        self.n_stops = {p: 0 for p in city.processes()}
        self.n_kills = dict(self.n_stops)
        self.server_image = None

    # ---- Each turn

    def tick(self):
        """One turn of some hundredths of a second: at most one new misfortune, then the clock."""
        if self.random.randrange(ONE_IN if self._all_serve() else ONE_IN_DOWN) == 0:
            kind = self.random.choices(self.kinds, self.weights)[0]
            try:
                getattr(self, "_" + kind)(self.random.choice(self.city.parties))
            except RuntimeError:  # the server is away, or its disk is full
                self.city.counts.add("faults that the server was not up for")
        self._maybe_storm()
        self._advance_clock()
        self.repair()

    def repair(self):
        """Starts what has died and lets go on what hangs, after a while; heals disks and clocks whose
        time has come."""
        now = time.monotonic()
        for disk in [d for d, end in self.room_until.items() if now >= end]:
            disk.clear()
            del self.room_until[disk]
        if self.city.server is not None:
            self.city.server.keep_up()
        for name in [n for n, end in self.clock_until.items() if now >= end]:
            self.city.clock.put_off(name, 0)
            del self.clock_until[name]
        for process in self.city.processes():
            self._repair_process(process, now)
        self.city.storm_look()

    def _repair_process(self, process, now):
        if now >= self.disk_until.get(process, now + 1):
            process.disk("sound")
            del self.disk_until[process]
        if process.get("n_stops") != self.n_stops[process]:
            self.n_stops[process] = process.get("n_stops")
            self.city.counts.add("hung at a chosen commit")
            process.stopped = True
            self._hung(process)
        if now >= self.hung_until.get(process, now + 1):
            del self.hung_until[process]
            process.go_on()
        if process in self.dead_until:
            other = self.waits_for.get(process)
            if now >= self.dead_until[process] and (other is None or other.listens()):
                del self.dead_until[process]
                self.waits_for.pop(process, None)
                process.start()
        elif process.is_dead():
            self._is_dead(process)

    def calm(self):
        """No more of it; all are up afterwards."""
        for process in self.city.processes():
            process.set("step", 0)
            process.set("slow_ms", 0)
            process.disk("sound")
        for disk in list(self.room_until):
            disk.clear()
        self.room_until.clear()
        self.disk_until.clear()
        self.hung_until = {p: 0 for p in self.hung_until}
        for name in list(self.clock_until):
            self.clock_until[name] = 0
        for party in self.city.parties:
            if self.city.server is not None:
                party.storage.relay.arm(None, 0)
        for proxy in self.city.proxies():
            proxy.faults = False
        if self.city.server is not None:
            self.city.server.keep_up()
            self.city.server.await_up()

        def is_calm():
            self.repair()
            return not self.dead_until and not self.hung_until and all(
                p.listens() for p in self.city.processes())

        wait_until(is_calm, CALM_S * self.city.patience, "a party does not come up")

    # ---- Processes

    def _is_dead(self, process):
        if process.get("n_kills") != self.n_kills[process]:
            self.n_kills[process] = process.get("n_kills")
            lost_power = ACTIONS[process.get("action")] == "power"
            self.city.counts.add("power lost" if lost_power else "killed at a chosen commit")
        self.hung_until.pop(process, None)
        party = process.party
        if self.restores and self.city.server is None and self.random.random() < 0.5:
            party.storage.take_image()
        self.dead_until[process] = time.monotonic() + 0.15 * self.random.random()

    def _kill(self, party):
        process = self.random.choice(party.processes)
        if process in self.dead_until or process.is_dead():
            return
        self.city.counts.add("kill")
        process.kill()
        self._is_dead(process)

    def _meet_at_commit(self, party):
        step = self.random.choice(STEPS_OF[party.name])
        moments = MOMENTS if step in WITH_HEAD else MOMENTS[:2]
        actions = ("kill", "kill", "stop") if self.city.server else ("kill", "power", "power",
                                                                     "stop")
        process = self.random.choice(party.processes)
        action = self.random.choice(actions)
        process.meet_at(step, self.random.choice(moments), self.random.randrange(3), action)

    def _hang(self, party):
        process = self.random.choice(party.processes)
        if process in self.dead_until or process in self.hung_until or process.is_dead():
            return
        self.city.counts.add("hung")
        process.stop()
        self._hung(process)

    def _hung(self, process):
        """On a server mostly past its lease: others have its work by then."""
        most = 3.5 if len(process.party.processes) > 1 else 0.8
        self.hung_until[process] = time.monotonic() + 0.1 + most * self.random.random()

    # ---- Disks

    def _hurt_disk(self, party):
        process = self.random.choice(party.processes)
        if process in self.disk_until:
            return
        state = self.random.choice(("full", "no_sync", "sync_once", "no_head")
                                   if self.city.server is None else ("no_head",))
        most = 2.5 if state == "no_head" else 0.4  # a head is written at a release only
        self.disk_until[process] = time.monotonic() + 0.05 + most * self.random.random()
        process.disk(state)
        self.city.counts.add("disk " + state)

    def _fill_disk(self, party):
        """The party's own: database or not, the head of the ledger and the log."""
        if self._fill(party.disk):
            self.city.counts.add("disk really full")
            for process in party.processes:
                process.was_hurt = True

    def _fill_server(self, _party):
        if self._fill(self.city.server.disk):
            self.city.counts.add("the server's disk really full")

    def _fill(self, disk):
        if disk is None or disk in self.room_until:
            return False
        disk.fill(self.random.choice((0, 0, 4096, 20000, 60000)))
        self.room_until[disk] = time.monotonic() + 0.1 + 0.7 * self.random.random()
        return True

    # ---- Older images, lost heads

    def _room(self):
        """Copies need it."""
        for disk in list(self.room_until):
            disk.clear()
        self.room_until.clear()
        if self.city.server is not None:
            self.city.server.await_up()

    def _kill_all(self, party):
        for process in party.processes:
            if process not in self.dead_until and not process.is_dead():
                process.kill()
            self.hung_until.pop(process, None)

    def _start_all(self, party):
        """Who knows most of the ledger looks first, then the others."""
        first, *others = party.newest_first()
        self.waits_for.pop(first, None)
        for process in party.processes:
            self.dead_until[process] = time.monotonic()
        for process in others:
            self.waits_for[process] = first

    def _put_image(self, party, index=None):
        """The database becomes an older image of itself; the one that was becomes an image."""
        self._room()
        self._kill_all(party)
        if self.city.server is not None and self.random.random() < 0.5:
            party.storage.take_image()
        if party.storage.images:
            if index is None:
                index = self.random.randrange(len(party.storage.images))
            party.storage.put_image(index)
            self.city.note_restore(f"restore of the {party.name}")
            if self.random.random() < 0.25:
                self._put_off(party, -FAR_BACK_S)
                self.city.counts.add("restore with the clock far back")
        self._start_all(party)

    def _swap_image(self, party):
        """Under processes that run: they lose their connections and find another database."""
        self._room()
        if self.random.random() < 0.5 or not party.storage.images:
            party.storage.take_image()
            self.city.counts.add("image taken under a running party")
        else:
            party.storage.put_image(self.random.randrange(len(party.storage.images)))
            self.city.note_restore(f"restore under the running {party.name}")

    def _put_server_image(self, _party):
        """The server's whole folder: both parties go back to one moment."""
        self._room()
        server = self.city.server
        if self.server_image is None:
            self.server_image = server.take_image(), [
                list(party.storage.images) for party in self.city.parties]
            self.city.counts.add("image of the server taken")
            return
        path, images = self.server_image
        server.put_image(path)
        for party, had in zip(self.city.parties, images):
            party.storage.images = [i for i in had if i in party.storage.images]
        self.city.note_restore("restore of the server")

    def _lose_head(self, party):
        """One file is gone, empty, or no head; mostly while nobody of the party runs. Where they run,
        the next start finds out."""
        self._room()
        are_down = self.random.random() < 0.7
        if are_down:
            self._kill_all(party)
        process = self.random.choice(party.processes)
        if os.path.exists(process.head):
            how = self.random.choice(("removed", "truncated", "garbled"))
            if how == "removed":
                os.unlink(process.head)
            else:
                with open(process.head, "wb") as f:
                    f.write(b"" if how == "truncated" else self.random.randbytes(5000))
            self.city.note_restore("head lost" if are_down else "head lost while it runs")
        if are_down:
            self._start_all(party)

    def put_oldest(self):
        """After everything was released: the oldest images, and all are up afterwards."""
        for party in self.city.parties:
            if party.storage.images and self.random.random() < 0.8:
                self._put_image(party, 0)
        self.calm()

    # ---- The server

    def _restart_server(self, _party):
        """It goes away under both, at once or in good order, and comes back."""
        how = self.random.choice((signal.SIGKILL, signal.SIGINT))
        self.city.server.kill(how)
        self.city.counts.add("server " + ("killed" if how == signal.SIGKILL else "restarted"))
        time.sleep(0.1 * self.random.random())
        self.city.server.keep_up()

    def _kill_backend(self, _party):
        if self.city.server.kill_backend():
            self.city.counts.add("one process of the server killed")

    def _cut_database(self, party):
        party.storage.relay.arm(self.random.choice(CUTS), self.random.randrange(6))

    # ---- Clocks, and load

    def _clock(self, party):
        """For all, or one party's own for a while; far back too, where nothing must be released for
        it."""
        clock, chance = self.city.clock, self.random.random()
        if chance < 0.25:
            clock.now = clock.now - int(BACK_S * self.random.random())
            self.city.counts.add("clock back")
        elif chance < 0.5:
            clock.now = clock.now + int(BACK_S * self.random.random())
            self.city.counts.add("clock ahead")
        else:
            far = chance > 0.9
            seconds = -FAR_BACK_S if far else self.random.randint(-BACK_S, BACK_S)
            self._put_off(party, seconds)
            self.city.counts.add(f"clock of the {party.name} " + (
                "far back" if far else "back" if seconds < 0 else "ahead"))

    def _put_off(self, party, seconds):
        self.city.clock.put_off(party.name, seconds)
        self.clock_until[party.name] = time.monotonic() + 0.1 + 0.4 * self.random.random()

    def _maybe_storm(self):
        storm = self.city.storm
        if storm is not None and not storm.has_begun() and \
                self.city.clock.now > storm.window * self.city.window_s + 600:
            storm.begin(0.5 + 1.5 * self.random.random())

    def _all_serve(self):
        return all(any(p.listens() and not p.stopped for p in party.processes)
                   for party in self.city.parties) and (
            self.city.server is None or self.city.server.answers())

    def _advance_clock(self):
        """Not while nobody of a party serves or a storm lasts: else every grace would pass."""
        if not self.city.storm_is_on() and self._all_serve():
            self.city.clock.now = self.city.clock.now + 40 + int(120 * self.random.random())
