"""The counts of a series of runs: what happened how often, and what never did."""

LONG = 40  # runs from which on each kind must have happened
LINKS = ("to the leader", "to the helper")
PLANS = ("refused", "request_cut", "response_cut", "swallowed", "error", "error_after", "delayed",
         "twice", "again_later", "overtaken")
ALWAYS = (
    "kill", "killed at a chosen commit", "hung", "hung at a chosen commit", "clock back",
    "clock ahead", "clock of the leader back", "clock of the leader ahead",
    "clock of the leader far back", "clock of the helper back", "clock of the helper ahead",
    "clock of the helper far back", "disk no_head", "heads not written", "commits that failed",
    "head lost", "burnings", "restore with the clock far back", "restore of the leader",
    "restore of the helper", "storm",
    "uploads refused with Retry-After", "asynchronous helper", "answers compared",
    "windows released", "windows refused",
)
ON_FILES = ("disk full", "disk no_sync", "disk sync_once", "disk errors", "power lost", "writes lost")
ON_FILES_WITH_MOUNTS = ("disks found low",)
ON_SERVER = (
    "server killed", "server restarted", "one process of the server killed",
    "connection cut before COMMIT", "connection cut after COMMIT", "connection cut in a transaction",
    "connection cut within an answer", "connection held in a transaction",
    "restore under the running leader", "restore under the running helper", "restore of the server",
    "leader of several processes", "helper of several processes", "jobs adopted",
    "connections made anew",
)
WITH_MOUNTS = ("disk really full",)
ON_SERVER_WITH_MOUNTS = ("the server's disk really full",)


def words_of(counts):
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()) if n)


def missing(counts, n_runs, on_server, has_mounts):
    """Kinds of faults and of outcomes that a long series must have had and had not."""
    if n_runs < LONG:
        return []
    kinds = ALWAYS + tuple(f"{plan} ({link})" for plan in PLANS for link in LINKS)
    kinds += ON_SERVER if on_server else ON_FILES
    if has_mounts:
        kinds += WITH_MOUNTS + (ON_SERVER_WITH_MOUNTS if on_server else
                                ON_FILES_WITH_MOUNTS)
    return [kind for kind in kinds if counts[kind] == 0]
