"""Child processes that never outlive the program that started them.

Every child is ended by its own pid: on a normal end, on an exception, on SIGTERM or SIGINT, and by the kernel
(parent-death signal) when this program is killed outright.
"""
import atexit
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import threading

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_children = []
_lock = threading.Lock()


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(argv, **kwargs):
    """Start a child and remember it. The thread that calls must live as long as the child is needed."""
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    child = subprocess.Popen(argv, preexec_fn=_die_with_parent, start_new_session=True, **kwargs)
    with _lock:
        _children.append(child)
    return child


def _signal(child, number):
    # its process group: what it has started in turn (mmdebstrap's dpkg) would go on
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def stop(child, grace=5):
    """End one child and its own: ask, wait, then insist."""
    if child.poll() is None:
        _signal(child, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace)
        _signal(child, signal.SIGKILL)
        child.wait()
    with _lock:
        if child in _children:
            _children.remove(child)


def stop_all():
    for child in list(reversed(_children)):
        stop(child)


def run(argv, timeout=600, **kwargs):
    """Run a command to its end; its output is in the exception when it fails."""
    kwargs.setdefault("stdout", subprocess.PIPE)
    kwargs.setdefault("stderr", subprocess.STDOUT)
    child = start(argv, **kwargs)
    try:
        out, err = child.communicate(timeout=timeout)
    finally:
        stop(child)
    if child.returncode:
        said = b"" if out is None else out[-4000:]
        said += b"" if err is None else err[-4000:]
        raise RuntimeError("%s ended with %d:\n%s" % (" ".join(map(str, argv)), child.returncode,
                                                      said.decode("utf-8", "replace")))
    return out


@contextlib.contextmanager
def scratch(prefix):
    """A temporary directory that goes away, below $TMPDIR."""
    path = tempfile.mkdtemp(prefix="bootseal-%s." % prefix)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _on_signal(number, _frame):
    raise SystemExit(128 + number)


def install_signal_handlers():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _on_signal)


atexit.register(stop_all)
if threading.current_thread() is threading.main_thread():
    install_signal_handlers()
os.environ.setdefault("LC_ALL", "C.UTF-8")
