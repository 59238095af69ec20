"""A server of keys on the host: it knows the passphrase of each machine, and keeps recovery keys."""
import http.server
import re
import threading

from . import images


class KeyServer:
    """`with KeyServer() as server`: gives the passphrase of each machine away and takes its recovery key; `kept` has these
    by the machine's id. `fails`: how many requests are answered by which code before that."""

    def __init__(self, passphrase=images.PASSPHRASE):
        self.passphrase = passphrase
        self.kept = {}
        self.fails = []
        self.asked = []

    def __enter__(self):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def _answer(self, code, body=b""):
                server.asked.append((self.command, self.path, code))
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if server.fails:
                    self._answer(server.fails.pop(0))
                elif re.fullmatch("/passphrase/[^/]+", self.path):
                    self._answer(200, server.passphrase.encode())
                else:
                    self._answer(404)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if server.fails:
                    self._answer(server.fails.pop(0))
                elif m := re.fullmatch("/recovery/([^/]+)", self.path):
                    server.kept[m.group(1)] = body.decode()
                    self._answer(200)
                else:
                    self._answer(404)

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    @property
    def address(self):
        return "http://10.0.2.2:%d" % self.http.server_address[1]


def recovery_key_is_kept(t, vm, server, name, device):
    """The server has one, of this machine, and it opens the volume."""
    key = server.kept.get(name, "").strip()
    t.ok("the server has the machine's recovery key", list(server.kept) == [name] and
         re.fullmatch(r"([0-9]{6}[ -]){7}[0-9]{6}", key), (server.asked, list(server.kept), name))
    vm.write("/run/recovery", key)
    tried = vm.try_run("cryptsetup open --test-passphrase --key-file /run/recovery " + device)
    t.ok("which opens the volume", tried.status == 0, tried)
    found = vm.try_run("rm /run/recovery; grep -rslF '%s' /var/log /run /var/lib/cloud /etc; journalctl -b -q | grep -F '%s'" % (key, key))
    t.ok("and is in no log and no file of the machine", not found.out.strip(), found)
