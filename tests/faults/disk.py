"""Small file systems of a test's own, which can really be full: tmpfs, mounted in a mount namespace that
nobody else sees. Needs root; where it may not, the reason is told and nothing is mounted."""
import ctypes
import os

CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18
CHUNK = 65536


class Mounts:
    """Whether this process and those that it starts may mount, and if not, why."""

    def __init__(self):
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.reason = self._enter()

    def _enter(self):
        if os.geteuid() != 0:
            return "this user may not mount"
        if self._libc.unshare(CLONE_NEWNS) != 0:
            return "no mount namespace: " + os.strerror(ctypes.get_errno())
        if self._libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
            return "mounts are shared: " + os.strerror(ctypes.get_errno())
        return None

    def mount(self, folder, size, uid=0):
        """A Disk there, or None."""
        if self.reason is not None:
            return None
        os.makedirs(folder, exist_ok=True)
        what = f"size={size},mode=0755,uid={uid}".encode()
        if self._libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, what) != 0:
            raise OSError(ctypes.get_errno(), "mount", folder)
        return Disk(folder, self._libc)


class Disk:
    def __init__(self, folder, libc):
        self.folder, self._libc = folder, libc
        self._filler = os.path.join(folder, "filler")
        self.is_full = False

    def fill(self, leave):
        """Takes all room but so many bytes."""
        self.is_full = True
        with open(self._filler, "wb", buffering=0) as f:
            room = os.statvfs(self.folder)
            want = room.f_bavail * room.f_frsize - leave
            try:
                while want > 0:
                    want -= f.write(bytes(min(CHUNK, want)))
            except OSError:  # somebody else was faster: full as well
                pass

    def clear(self):
        self.is_full = False
        if os.path.exists(self._filler):
            os.unlink(self._filler)

    def close(self):
        MNT_DETACH = 2
        self._libc.umount2(self.folder.encode(), MNT_DETACH)
