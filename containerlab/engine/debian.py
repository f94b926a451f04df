"""Debian roots made of Debian's packages by mmdebstrap, where no registry answers. Slim, as the official image is."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from containerlab.engine import processes as ps
from containerlab.errors import NoNetwork, SetupError

SUITE = "bookworm"
PYTHON = ("python3", "python3-pip", "ca-certificates")
_HOOKS = "/usr/share/mmdebstrap/hooks/merged-usr"
_CERTIFICATES = Path("/usr/local/share/ca-certificates")
# What the machine needs to reach its mirror, a build in a container needs as well.
_ACQUIRE = re.compile(
    r'^(Acquire::(?:(?:http|https|ftp)::(?:Proxy|Timeout)|Check-Valid-Until|Check-Date|Retries)\S*) "(.+)";$', re.M
)
_LOCAL = re.compile(r"//(?:[^/@]*@)?(?:localhost|127\.|\[::1\])|//[^/@]*@")  # of no use, or no business, in an image

# The lines of mmdebstrap that tell a person something
_STAGE = re.compile(r"I: (?:running )?((?:apt-get update|downloading|extracting|installing|cleaning|creating).*?)\.*$")
STAGES = 7

# mmdebstrap's own settings, the machine's names, and device nodes, which every container gets anew
LEAVE_OUT = ("etc/apt/apt.conf.d/99mmdebstrap", "etc/resolv.conf", "etc/hostname", "etc/hosts", "dev/", "run/")

_APT = b"""# As in Docker's official images: no package files and no translations are kept in a layer.
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
Apt::AutoRemove::SuggestsImportant "false";
"""


def sources() -> list[str]:
    """The lines of sources.list for the suite: this machine's mirrors where it runs the same suite; none where it
    does not, which leaves the choice to mmdebstrap."""
    found = dict(_machine_mirrors())
    if SUITE not in found:
        return []
    names = (SUITE, f"{SUITE}-updates", f"{SUITE}-security")
    return [f"deb {found[name]} {name} main" for name in names if name in found]


def _machine_mirrors() -> Iterator[tuple[str, str]]:
    """(suite, address) of this machine's own Debian sources, in both of apt's formats; the first of a suite last."""
    folder = Path("/etc/apt/sources.list.d")
    files = [Path("/etc/apt/sources.list"), *(sorted(folder.glob("*.list")) if folder.is_dir() else ())]
    pairs: list[tuple[str, str]] = []
    for file in files:
        for line in _text(file).splitlines():
            match = re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(?=.*\bmain\b)", line)
            if match:
                pairs.append((match[2], match[1]))
    for file in sorted(folder.glob("*.sources")) if folder.is_dir() else ():
        for stanza in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", _text(file))):
            fields = {key.lower(): value.split() for key, value in re.findall(r"(?m)^([\w-]+):[ \t]*(.*)$", stanza)}
            if "deb" in fields.get("types", ()) and "main" in fields.get("components", ()) and fields.get("uris"):
                pairs += [(suite, fields["uris"][0]) for suite in fields.get("suites", ())]
    for suite, address in reversed(pairs):
        if suite.startswith(SUITE) and address.startswith(("http://", "https://")) and not _LOCAL.search(address):
            yield suite, address.rstrip("/")


def acquire_options() -> list[tuple[str, str]]:
    """How this machine's apt reaches its mirror: proxy, times, checks. Never a password, never a local proxy."""
    dump = ps.run(["apt-config", "dump"]).stdout
    return [(key, value) for key, value in _ACQUIRE.findall(dump) if not _LOCAL.search(value)]


def extra_files() -> dict[str, bytes]:
    """What goes into the roots beside the packages."""
    machine = "".join(f'{key} "{value}";\n' for key, value in acquire_options())
    files = {"etc/apt/apt.conf.d/docker-clean": _APT}
    if machine:
        files["etc/apt/apt.conf.d/50machine"] = (
            f"// How the machine that built this reaches its mirror\n{machine}".encode()
        )
    return files


def certificates() -> list[Path]:
    """Certificates that this machine trusts beside the usual ones (a school's or a company's proxy)."""
    return sorted(_CERTIFICATES.rglob("*.crt")) if _CERTIFICATES.is_dir() else []


def recipe() -> str:
    """A short digest of all that the roots depend on: another mirror or certificate, another root."""
    parts = [b"1", SUITE.encode(), *map(str.encode, sources()), *map(str.encode, PYTHON), *extra_files().values()]
    parts += [path.read_bytes() for path in certificates()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def command(target: Path, include: Sequence[str]) -> list[str]:
    options = [("APT::Install-Recommends", "false"), *acquire_options()]
    left_out = [f"path-exclude=/usr/share/{name}/*" for name in ("man", "locale", "doc", "info", "groff", "lintian")]
    hooks = [f'--essential-hook=mkdir -p "$1{_CERTIFICATES}"'] if certificates() else []
    return [
        "mmdebstrap",
        "--variant=apt",
        "--format=tar",
        *(f'--aptopt={key} "{value}"' for key, value in options),
        *(f"--dpkgopt={option}" for option in left_out),
        f"--hook-dir={_HOOKS}",
        *hooks,
        *(f"--essential-hook=copy-in {path} {_CERTIFICATES}" for path in certificates()),
        f"--include={','.join(('usr-is-merged', *include))}",
        SUITE,
        str(target),
        *sources(),
    ]


Started = Callable[["subprocess.Popen[str]"], None]


def end(process: subprocess.Popen[str]) -> None:
    """Ends mmdebstrap and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


def make_root(target: Path, include: Sequence[str], tell: Callable[[str], None], started: Started) -> None:
    """Writes a tar of a root; NoNetwork if the mirror cannot be reached, SetupError with mmdebstrap's own words."""
    if ps.which("mmdebstrap") is None:
        raise SetupError(
            "mmdebstrap is not installed.", "./lab up installs it; by hand: sudo apt-get install mmdebstrap"
        )
    # Its own temporary folder must hold the root: 0.3 GB, more than some /tmp have.
    with subprocess.Popen(
        command(target, include),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, "PATH": ps.path(), "LC_ALL": "C"},
        start_new_session=True,  # when it is ended it signals its whole process group: never ours
    ) as process:
        assert process.stderr is not None
        started(process)
        last: deque[str] = deque(maxlen=15)
        try:
            for line in process.stderr:
                last.append(line.rstrip())
                if match := _STAGE.match(line):
                    tell(match[1])
        except BaseException:
            end(process)
            raise
    if process.returncode != 0:
        target.unlink(missing_ok=True)
        said = "\n".join(line for line in last if line.startswith(("E:", "W:"))) or "\n".join(last)
        if re.search(r"Could not (?:resolve|connect)|Temporary failure|unreachable|Failed to fetch", "\n".join(last)):
            raise NoNetwork(
                f"Debian's package server could not be reached:\n{said}", "Check the connection; try again."
            )
        raise SetupError(
            f"mmdebstrap could not make a Debian root:\n{said}", "Try again; what was made so far is kept."
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
