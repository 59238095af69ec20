"""What takes long to make is kept outside the checkout, for other checkouts and after `make clean`: in
$BOOTSEAL_CACHE, by default ~/.cache/bootseal, a folder KIND-KEY for each, KEY being a hash of what it is made
of.

A folder is used if the files in it have the sizes and times that its list says; otherwise it is made again.
Of each kind the two that were used last stay. apt_RELEASE is apt.py's. Any of it may be deleted. """
import contextlib
import fcntl
import hashlib
import json
import os
import shutil

ROOT = os.environ.get("BOOTSEAL_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "bootseal")
KEEP = 2
LIST = "files.json"
_in_use = []  # open folders, locked until this program ends


@contextlib.contextmanager
def locked(kind):
    os.makedirs(ROOT, exist_ok=True)
    with open(os.path.join(ROOT, kind + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _files(folder):
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            about = os.stat(path)
            found[os.path.relpath(path, folder)] = [about.st_size, about.st_mtime_ns]
    found.pop(LIST, None)
    return found


def _is_whole(folder):
    try:
        with open(os.path.join(folder, LIST), encoding="utf-8") as file:
            return json.load(file) == _files(folder)
    except (OSError, ValueError):
        return False


def _make(folder, make):
    name = os.path.join(ROOT, "new-" + os.path.basename(folder))
    shutil.rmtree(name, ignore_errors=True)
    os.makedirs(name)
    make(name)
    with open(os.path.join(name, LIST), "w", encoding="utf-8") as file:
        json.dump(_files(name), file)
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(name, folder)


def _use(folder):
    """Locks it against removal by others and makes it the one that was used last."""
    _in_use.append(os.open(folder, os.O_RDONLY))
    fcntl.flock(_in_use[-1], fcntl.LOCK_SH)
    os.utime(folder)


def _remove_unless_in_use(folder):
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    except BlockingIOError:
        pass
    finally:
        os.close(handle)


def _bound(kind):
    """Old folders, and what an interrupted run has left of this kind."""
    names = [n for n in os.listdir(ROOT) if n.startswith((kind + "-", "new-" + kind + "-"))]
    mine = sorted((os.path.join(ROOT, n) for n in names),
                  key=lambda p: ("/new-" not in p, os.path.getmtime(p)))
    for folder in mine[:-KEEP]:
        _remove_unless_in_use(folder)


def folder(kind, key, make):
    """The folder of that kind and key; made by make(folder) if it is not there or not whole."""
    path = os.path.join(ROOT, "%s-%s" % (kind, hashlib.sha256(key.encode()).hexdigest()[:16]))
    with locked(kind):
        if not _is_whole(path):
            _make(path, make)
        _use(path)
        _bound(kind)
    return path
