#!/usr/bin/env python3
"""One aggregator on two PostgreSQL servers, the tasks apart: leader and helper as processes, the leader
as two. Each task's rows, chain and heads are on its own server; a server that is down or hangs stops
the other's task nowhere, not even at a start; what was acknowledged is counted once through kills of
processes and servers; a database that is put back is burnt, the other is not; and no configuration
moves a task, or exchanges two databases, without being refused by name.

test_servers.py STEPPED_AGGREGATOR FAULT_CROWD FOLDER_OF_PROGRAMS"""
import contextlib
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "faults"))
sys.path.insert(0, os.path.join(HERE, "..", "operations"))
import postgres  # noqa: E402
from city import free_ports  # noqa: E402
from load import COLLECT, Client, REPLAYED, UPLOAD, requests_from  # noqa: E402
from old_store import Clock  # noqa: E402
from stepped import Stepped  # noqa: E402
from trial import Checks, get  # noqa: E402

AGGREGATOR, CROWD, PROGRAMS = (os.path.abspath(p) for p in sys.argv[1:])
FIRST_DAY, WINDOW_S, GRACE_S = 20500, 3600, 1800  # as in fault_crowd.c
FIRST = FIRST_DAY * 24 + 5
CELLS = 8
WAIT_S = 60
TASKS = {"north": "main", "south": "south"}  # and the databases that they are at home in
check = Checks()


class Process(Stepped):
    """One process of a party; several have the same databases and keys, and heads of their own."""

    def __init__(self, city, party, number, port, watch):
        self.city, self.party, self.watch = city, party, watch
        self.name = party + str(number)
        self.folder = os.path.join(city.folder, party)
        super().__init__(os.path.join(self.folder, self.name + ".ini"), port, city.clock_path)
        self.heads = {name: os.path.join(self.folder, f"{self.name}.{name}.head")
                      for name in TASKS.values()}
        self.configure()

    def configure(self, urls=None, several=True):
        urls = urls or self.city.urls[self.party]
        lines = [f"listen = 127.0.0.1:{self.port}", f"metrics = 127.0.0.1:{self.watch}", "keys = keys",
                 "job_linger_ms = 20", "collect_wait_ms = 200", "workers = 2", "collectors = 2",
                 "http_threads = 2", "lease_s = 3",
                 "bodies_bytes_max = 1048576", "tasks = tasks", f"database = {urls['main']}",
                 f"head = {self.heads['main']}"]
        if several:
            lines += ["[database south]", f"database = {urls['south']}", "tasks = tasks-south",
                      f"head = {self.heads['south']}"]
        with open(self.path, "w", encoding="utf-8") as f:
            f.writelines(line + "\n" for line in lines)

    def start(self, program=AGGREGATOR):
        super().start(program)

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        self.start()
        self.await_up()

    def await_log(self, pattern, seconds=WAIT_S):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if re.search(pattern, self.log()):
                return True
            time.sleep(0.05)
        return False

    def watched(self, path):
        return get(self.watch, path)


class City:
    def __init__(self, folder):
        self.folder = folder
        self.clock_path = os.path.join(folder, "clock")
        self.clock = Clock(self.clock_path, FIRST * WINDOW_S + 60)
        main = postgres.Server()
        self.servers = {"main": main, "south": postgres.Server(like=main)}
        self.urls = {party: {name: f"postgresql://hubbub@/{party}?host={server.folder}"
                             for name, server in self.servers.items()}
                     for party in ("leader", "helper")}
        for server in self.servers.values():
            server.await_up()
            for party in self.urls:
                server.query("postgres", f"create database {party}")
        ports = free_ports(6)
        self.ids = {}
        for task in TASKS:
            self.ids[task] = self.crowd(task, "new", f"http://127.0.0.1:{ports[0]}/",
                                        f"http://127.0.0.1:{ports[2]}/", str(FIRST_DAY)).decode().strip()
        for party in self.urls:
            os.mkdir(self.tasks_of(party, "south"))
            self.move(party, "south", "main", "south")
        self.leaders = [Process(self, "leader", i + 1, ports[i], ports[3 + i]) for i in range(2)]
        self.helper = Process(self, "helper", 1, ports[2], ports[5])
        self.processes = [self.helper, *self.leaders]
        self.totals = {}  # by task and window
        self.seed = 0

    def tasks_of(self, party, database):
        return os.path.join(self.folder, party, "tasks" if database == "main" else "tasks-south")

    def move(self, party, task, source, target):
        for name in os.listdir(self.tasks_of(party, source)):
            if name.startswith(task + "."):
                shutil.move(os.path.join(self.tasks_of(party, source), name),
                            self.tasks_of(party, target))

    def crowd(self, task, what, *arguments):
        return subprocess.run([CROWD, what, self.folder, *arguments], check=True, capture_output=True,
                              timeout=60, env={**os.environ, "HUBBUB_CROWD_TASK": task,
                                               "HUBBUB_CROWD_POPULATION": "of-" + task}).stdout

    def start(self):
        for process in self.processes:
            process.start()
        for process, name in ((self.helper, "helper"), (self.leaders[0], "leader"),
                              (self.leaders[1], "leader")):
            with open(os.path.join(self.folder, name + ".configs"), "wb") as f:
                f.write(process.await_up())

    def requests(self, task, window, n=2):
        self.seed += 1
        return requests_from(self.crowd(
            task, "make", os.path.join(self.folder, "leader.configs"),
            os.path.join(self.folder, "helper.configs"), str(self.seed), str(n), "15", str(window)),
            window)

    def send(self, task, request, leader=0):
        """The status, 0 if there was none. What is acknowledged is taken, or was before."""
        answer = Client(self.leaders[leader].port).send(
            "POST", f"/tasks/{self.ids[task]}/reports", request.body, {"Content-Type": UPLOAD})
        if answer and answer[0] == 200 and set(answer[2][16::17]) - {REPLAYED}:
            raise RuntimeError(f"reports of {task} are refused: {answer[2].hex()}")
        return answer[0] if answer else 0

    def upload(self, task, window, leader=0):
        """Until each request is acknowledged; the totals know them."""
        for request in self.requests(task, window):
            end = time.monotonic() + WAIT_S
            while self.send(task, request, leader) != 200:
                if time.monotonic() > end:
                    raise RuntimeError(f"an upload of {task} is not acknowledged")
                time.sleep(0.1)
            self.count(task, request)

    def count(self, task, request):
        totals = self.totals.setdefault((task, request.window), [0] * CELLS)
        for report in request.reports:
            totals[report.cell] += not report.is_bad

    def push(self, task, request):
        """A connection on which the request is, and the answer will be."""
        s = socket.create_connection(("127.0.0.1", self.leaders[0].port), timeout=20)
        s.sendall(f"POST /tasks/{self.ids[task]}/reports HTTP/1.1\r\nHost: x\r\nContent-Type: {UPLOAD}"
                  f"\r\nContent-Length: {len(request.body)}\r\n\r\n".encode() + request.body)
        return s

    def collect(self, task, window, leader=0, seconds=WAIT_S):
        """Status and body."""
        token, question = self.crowd(task, "ask", str(window)).decode().split()
        headers = {"Content-Type": COLLECT, "Authorization": "Bearer " + token}
        end = time.monotonic() + seconds
        while True:
            answer = Client(self.leaders[leader].port).send(
                "POST", f"/tasks/{self.ids[task]}/collection_jobs", bytes.fromhex(question), headers)
            if answer and ((answer[0] in (200, 201) and answer[2]) or answer[0] // 100 == 4):
                return answer[0], answer[2]
            if time.monotonic() > end:
                return (answer or (0, 0, b""))[0], b""
            time.sleep(0.1)

    def check_total(self, what, task, window, leader=0):
        status, body = self.collect(task, window, leader)
        path = os.path.join(self.folder, "answer")
        with open(path, "wb") as f:
            f.write(body)
        found = None
        if status in (200, 201) and body:
            found = list(map(int, self.crowd(task, "open", str(window), path).split()))[1:]
        check(f"{what}: {task}, window {window - FIRST}", found == self.totals[task, window],
              f"{status} {body[:200]} {found} {self.totals[task, window]}")
        return body

    def to_window(self, window):
        self.clock.set(window * WINDOW_S + 60)

    def to_release(self, window):
        self.clock.set((window + 1) * WINDOW_S + GRACE_S + 60)

    def close(self):
        for process in self.processes:
            process.stop(signal.SIGKILL)
        for server in self.servers.values():
            server.close()


def backends(server):
    found = subprocess.run(["ps", "--ppid", str(server.process.pid), "-o", "pid="], text=True,
                           capture_output=True, check=False).stdout
    return [server.process.pid] + [int(pid) for pid in found.split()]


@contextlib.contextmanager
def frozen(server):
    """It answers nobody, and breaks no connection."""
    pids = backends(server)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def rows_of(head):
    """Of the newest slot of a head's file (src/ledger/head_file.c)."""
    with open(head, "rb") as f:
        slots = f.read()
    found = [(int.from_bytes(slots[at + 8:at + 16], "big"), int.from_bytes(slots[at + 16:at + 24], "big"))
             for at in (0, 4096) if slots[at:at + 7] == b"hubhead"]
    return max(found)[1] if found else None


def check_apart(city):
    for party in ("leader", "helper"):
        for task, name in TASKS.items():
            server = city.servers[name]
            check(f"the {party}'s database {name} has {task} alone",
                  server.query(party, "select name from task") == [[task]])
            chain = "\n".join(row[0] for row in server.query(party, "select line from ledger"))
            check("and a chain of its rows", {t for t, i in city.ids.items() if i in chain} == {task},
                  chain)
    end = time.monotonic() + 15
    for process in city.processes:
        for name, head in process.heads.items():
            while True:
                length = int(city.servers[name].query(process.party, "select max(seq) from ledger")[0][0])
                if rows_of(head) == length or time.monotonic() > end:
                    break
                time.sleep(0.2)
            check(f"{process.name} keeps the head of {name}", rows_of(head) == length,
                  f"{rows_of(head)} of {length}")


def first_windows(city):
    for task in TASKS:
        for leader in range(2):
            city.upload(task, FIRST, leader)
    city.to_release(FIRST)
    for leader, task in enumerate(TASKS):
        city.check_total("each task is released", task, FIRST, leader)
    check_apart(city)


def a_server_hangs(city):
    """What waits for it does not take the room of the other's requests."""
    window = FIRST + 1
    city.to_window(window)
    city.upload("south", window)
    requests = city.requests("south", window, 80)
    with frozen(city.servers["south"]):
        sockets = [city.push("south", request) for request in requests]
        refused = [s for s in sockets if select.select([s], [], [], 0.05)[0]]
        check("some are taken in, the rest is refused for now", 0 < len(refused) < len(sockets) and
              all(b" 503 " in s.recv(64) for s in refused), f"{len(refused)} of {len(sockets)}")
        city.upload("north", window)
        city.to_release(window)
        city.check_total("while a server hangs", "north", window)
    answers = []
    for request, s in zip(requests, sockets):
        if s not in refused:
            s.settimeout(20)
            answers.append(s.recv(64).split(b" ")[1])
            city.count("south", request)
        s.close()
    check("what was taken in is acknowledged", set(answers) == {b"200"}, str(answers))
    city.check_total("and when it goes on", "south", window)


def a_server_is_down(city):
    """What is released of the other's task meanwhile is the window before: its grace is not over."""
    window = FIRST + 3
    city.to_window(window)
    city.upload("south", window)
    city.servers["south"].kill()
    request = city.requests("south", window, 1)[0]
    check("a task whose server is down takes nothing", city.send("south", request) == 503)
    city.upload("north", window - 1)
    leader = city.leaders[0]
    status, text = leader.watched("/ready")
    check("it is ready for the other's, and says for whose not", status == 200 and
          text.startswith("ready\ndatabase south: "), f"{status} {text}")
    status, text = leader.watched("/metrics")
    up = re.findall(r'hubbub_database_up\{database="(\w+)"\} (\d)', text)
    check("the figures say so", status == 200 and up == [("main", "1"), ("south", "0")], str(up))
    check("and tell of the other", 'hubbub_reports_waiting{task="north"}' in text, text)
    leader.restart(signal.SIGKILL)
    check("a process starts without it", "database.away database=south" in leader.log())
    status = city.send("south", request)
    check("and calls its task one that may come", status == 503, str(status))
    city.upload("north", window - 1)
    city.helper.restart(signal.SIGKILL)
    city.to_release(window - 1)
    city.check_total("without the other server", "north", window - 1)
    city.servers["south"].start()
    city.servers["south"].await_up()
    check("the server is found again", leader.await_log("database.back database=south"))
    for i in range(2):
        city.upload("south", window, i)


def processes_are_killed(city):
    """With reports under way, which the other process adopts."""
    window = FIRST + 3
    for task in TASKS:
        city.upload(task, window)
    city.leaders[0].stop(signal.SIGKILL)
    city.helper.restart(signal.SIGKILL)
    city.to_release(window)
    body = city.check_total("after kills", "south", window, 1)
    city.check_total("after kills", "north", window, 1)
    city.leaders[0].start()
    city.leaders[0].await_up()
    check("the same question has the same answer", city.collect("south", window)[1] == body)


def a_process_hangs(city):
    """It loses its work to the other after its lease, and serves again when it goes on."""
    window = FIRST + 5
    city.to_window(window)
    n_adopted = city.leaders[0].log().count("job.adopted")
    city.helper.stop(signal.SIGKILL)  # so that the jobs stay under way
    for task in TASKS:
        city.upload(task, window, 1)
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end and any(server.query("leader", "select count(*) from leader_job") == [
            ["0"]] for server in city.servers.values()):
        time.sleep(0.02)
    city.leaders[1].process.send_signal(signal.SIGSTOP)
    try:
        city.helper.start()
        city.helper.await_up()
        city.to_release(window)
        for task in TASKS:
            city.check_total("while a process hangs", task, window)
        check("its jobs were taken over", city.leaders[0].log().count("job.adopted") >= n_adopted + 2)
    finally:
        city.leaders[1].process.send_signal(signal.SIGCONT)
    city.to_window(window + 2)
    city.upload("north", window + 2, 1)
    city.to_release(window + 2)
    city.check_total("and when it goes on", "north", window + 2, 1)


def exchange(server, party, image):
    """Puts the image in the database's place."""
    server.query("postgres", f"drop database {party} with (force)")
    server.query("postgres", f"alter database {image} rename to {party}")


def stop_all(city):
    for process in city.processes:
        check(f"{process.name} stops", process.stop() == 0, process.log()[-1000:])


def a_database_is_put_back(city):
    window = FIRST + 9
    city.to_window(window)
    for task in TASKS:
        city.upload(task, window)
    stop_all(city)
    city.servers["south"].query("postgres", "create database image template leader")
    city.start()
    city.to_release(window)
    city.check_total("before the restore", "south", window)
    stop_all(city)
    exchange(city.servers["south"], "leader", "image")
    text = doctor(city.leaders[0])
    check("the doctor says which was rolled back", text.count("was rolled back") == 1 and
          "database south" in text, text)
    city.start()
    log = city.leaders[0].log() + city.leaders[1].log()
    burnt = set(re.findall(r"leader@(\w+) store\.restored", log))
    check("the database that was put back is burnt, the other is not", burnt == {"south"}, str(burnt))
    check("it says so", city.leaders[0].watched("/metrics")[1].count(
        'hubbub_store_restored{database="main"} 0') == 1)
    status, body = city.collect("south", window)
    check("its window is never released again", status == 400 and b"batchInvalid" in body,
          f"{status} {body[:300]}")
    city.check_total("the other's is", "north", window)
    later = FIRST + 11
    city.to_window(later)
    for task in TASKS:
        city.upload(task, later)
    city.to_release(later)
    for task in TASKS:
        city.check_total("and later ones are counted as ever", task, later)


def doctor(process):
    return subprocess.run([os.path.join(PROGRAMS, "hubbub"), "doctor", "--config", process.path],
                          text=True, capture_output=True, timeout=60, check=False).stdout


def last_refusal(process):
    found = re.findall(r"task\.refused .*", process.log())
    return found[-1] if found else ""


def moves_are_refused(city):
    stop_all(city)
    leader = city.leaders[0]
    n_restored = leader.log().count("store.restored")
    city.move("leader", "south", "south", "main")
    text = doctor(leader)
    check("the doctor knows where a task is at home", re.search(
        r'south: its population "of-south" is in the database south', text), text)
    leader.start()
    leader.await_up()
    check("a task that moved is refused by its home's name", re.search(
        'south: its population "of-south" is in the database "south"', last_refusal(leader)),
        last_refusal(leader))
    leader.stop()
    leader.configure(several=False)
    leader.start()
    leader.await_up()
    check("also where that database is not named any more",
          'is in the database "south"' in last_refusal(leader), last_refusal(leader))
    leader.stop()
    leader.configure()
    city.move("leader", "south", "main", "south")
    city.move("leader", "north", "main", "south")
    leader.start()
    leader.await_up()
    check("and one of the main database", 'population "of-north" is in the database "main"'
          in last_refusal(leader), last_refusal(leader))
    leader.stop()
    city.move("leader", "north", "south", "main")
    urls = city.urls["leader"]
    leader.configure({"main": urls["south"], "south": urls["main"]})
    leader.start()
    check("two databases that were exchanged stop the start", leader.process.wait(timeout=30) == 2 and
          'this is the database "south" of the aggregator, and the configuration calls it "main"'
          in leader.log(), leader.log()[-500:])
    check("so says the doctor", 'this is the database "south"' in doctor(leader))
    leader.configure()
    leader.start()
    leader.await_up()
    check("and nothing was burnt", leader.log().count("store.restored") == n_restored)
    check("all is as it was", "ready\n" == leader.watched("/ready")[1], leader.watched("/ready")[1])


def main():
    if postgres.programs() is None:
        print("skipped: there is no PostgreSQL server on this machine")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        city = City(folder)
        try:
            city.start()
            for step in (first_windows, a_server_hangs, a_server_is_down, processes_are_killed,
                         a_process_hangs, a_database_is_put_back, moves_are_refused):
                began = time.monotonic()
                step(city)
                print(f"     {step.__name__}: {time.monotonic() - began:.1f} s", flush=True)
            stop_all(city) if check.failures == 0 else None
        except BaseException:
            for process in city.processes:
                print(f"---- {process.name}\n{process.log()[-4000:]}")
            raise
        finally:
            city.close()
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
