"""An apt repository on the host, which the guest reaches as 10.0.2.2 through QEMU's user network."""
import functools
import http.server
import os
import shutil
import subprocess
import threading

from . import procs


class _Quiet(http.server.SimpleHTTPRequestHandler):
    # a connection that stays open: Debian 13's apt takes it for an attack if one with TLS ends without a word
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


class Served:
    """`with`: the folder is served at `port`, and removed in the end."""

    def __init__(self, folder):
        self.folder = folder
        handler = functools.partial(_Quiet, directory=folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder)


class Repo(Served):
    """`with Repo(folder, debs) as repo`: the folder gets links to the packages and an index of them."""

    def __init__(self, folder, debs):
        os.makedirs(folder, exist_ok=True)
        for deb in debs:
            link = os.path.join(folder, os.path.basename(deb))
            if os.path.lexists(link):
                os.unlink(link)
            os.symlink(os.path.abspath(deb), link)
        index = procs.run(["dpkg-scanpackages", "--multiversion", "."], cwd=folder, stderr=subprocess.DEVNULL)
        with open(os.path.join(folder, "Packages"), "wb") as out:
            out.write(index)
        super().__init__(folder)

    @property
    def source(self):
        return "deb [trusted=yes] http://10.0.2.2:%d ./" % self.port

    def use_in(self, vm):
        """What an administrator does: bring the network up, add the source, update."""
        vm.run("net-up && echo '%s' > /etc/apt/sources.list.d/test.list && apt-get update" % self.source)
