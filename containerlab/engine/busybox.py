"""The ``busybox`` stand-in: one static program under all of its names, and the few files that a login needs."""

from __future__ import annotations

import struct
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from containerlab.engine.processes import which
from containerlab.errors import SetupError

_FILES = {
    "etc/group": b"root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nnogroup:x:65534:\n",
    "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\n"
    b"www-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n",
}
_FOLDERS = {"bin": 0o755, "etc": 0o755, "home": 0o755, "root": 0o700, "tmp": 0o1777, "usr": 0o755, "usr/bin": 0o755,
            "usr/sbin": 0o755, "var": 0o755, "var/spool": 0o755, "var/www": 0o755}  # fmt: skip


def program() -> Path:
    """The static busybox of this machine; SetupError if there is none."""
    for name in ("busybox", "busybox.static"):
        found = which(name)
        if found and is_static(Path(found)):
            return Path(found)
    raise SetupError("There is no static busybox on this machine.", "sudo apt-get install busybox-static")


def is_static(path: Path) -> bool:
    """True for an ELF program without an interpreter (ELF specification: PT_INTERP is 3)."""
    raw = path.read_bytes()
    if raw[:6] not in {b"\x7fELF\x02\x01", b"\x7fELF\x01\x01"}:
        return False
    if raw[4] == 2:
        start, size, count = struct.unpack_from("<Q", raw, 32)[0], *struct.unpack_from("<HH", raw, 54)
    else:
        start, size, count = struct.unpack_from("<I", raw, 28)[0], *struct.unpack_from("<HH", raw, 42)
    return all(struct.unpack_from("<I", raw, start + size * number)[0] != 3 for number in range(count))


def write_layer(target: Path) -> None:
    busybox = program()
    listed = subprocess.run([str(busybox), "--list"], capture_output=True, text=True, check=True).stdout.split()
    content, time = busybox.read_bytes(), int(busybox.stat().st_mtime)
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as layer:
        for name, mode in _FOLDERS.items():
            layer.addfile(_member(name, time, tarfile.DIRTYPE, mode))
        layer.addfile(_member("bin/busybox", time, tarfile.REGTYPE, 0o755, len(content)), BytesIO(content))
        for applet in sorted({*listed, "sh"} - {"busybox"}):
            layer.addfile(_member(f"bin/{applet}", time, tarfile.LNKTYPE, 0o755, link="bin/busybox"))
        layer.addfile(_member("usr/bin/env", time, tarfile.SYMTYPE, 0o777, link="../../bin/env"))
        for name, text in _FILES.items():
            layer.addfile(_member(name, time, tarfile.REGTYPE, 0o644, len(text)), BytesIO(text))


def _member(name: str, time: int, kind: bytes, mode: int, size: int = 0, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.mtime, member.size, member.linkname = kind, mode, time, size, link
    return member
