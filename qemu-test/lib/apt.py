"""An apt for one release of Debian, which need not be the host's: it has sources, lists and caches of its own, and checks the
archive's signatures."""
import os
import pathlib
import time

from . import cache, debian_root, procs

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
DAY = 24 * 3600  # seconds


def environment(folder, release):
    """What makes apt-get and apt-cache work in folder/apt only, which is made where it is not there."""
    apt = pathlib.Path(folder).resolve() / "apt"
    for part in ("lists/partial", "archives/partial"):
        (apt / part).mkdir(parents=True, exist_ok=True)
    sources = [line.replace("deb ", "deb [signed-by=%s] " % KEYRING, 1) for line in debian_root.suites(release)]
    (apt / "sources.list").write_text("\n".join(sources) + "\n", encoding="utf-8")
    (apt / "status").touch()
    config = apt / "apt.conf"
    config.write_text(
        f'Dir::Etc::sourcelist "{apt}/sources.list";\nDir::Etc::sourceparts "/dev/null";\n'
        'Dir::Etc::preferences "/dev/null";\nDir::Etc::preferencesparts "/dev/null";\n'
        f'Dir::State "{apt}";\nDir::State::lists "{apt}/lists";\nDir::State::status "{apt}/status";\n'
        f'Dir::Cache "{apt}";\nDir::Cache::archives "{apt}/archives";\n'
        'APT::Architecture "amd64";\nAPT::Sandbox::User "root";\n', encoding="utf-8")
    return dict(os.environ, APT_CONFIG=str(config))


def run(release, *argv, cwd=None):
    """What this command of apt prints, with lists kept in the cache. They are fetched once a day; where that fails, the older
    ones are used."""
    name = "apt_" + release
    folder = pathlib.Path(cache.ROOT, name)
    with cache.locked(name):
        env = environment(folder, release)
        asked = folder / "asked"
        if not asked.exists() or time.time() - asked.stat().st_mtime > DAY:
            try:
                procs.run(["apt-get", "update", "-q", "-o", "APT::Update::Error-Mode=any"], env=env)
            except RuntimeError:
                if not asked.exists():
                    raise
            asked.touch()
        return procs.run(argv, env=env, cwd=cwd).decode()
