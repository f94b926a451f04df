"""Starts a program that cannot see the machine's network change: ``python steady.py PROGRAM ARG...`` (Linux).

Chromium cuts every connection, those on the loopback too, when an interface comes or goes (ERR_NETWORK_CHANGED), and
each container that a lesson starts brings one. It learns of them by a netlink socket; without one it takes the network
as it is. A seccomp filter refuses that one kind of socket.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

_SOCKET = {"x86_64": 41, "aarch64": 198}  # the number of the socket system call
_AF_NETLINK = 16
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF: load a word, jump if equal, return (linux/bpf_common.h)
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM  # linux/seccomp.h
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2


def refuse_netlink() -> bool:
    """Refuse netlink sockets to this process and its children; False where this cannot be done."""
    number = _SOCKET.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return False
    steps = [
        (_LOAD, 0, 0, 0),  # the system call's number
        (_EQUAL, 0, 3, number),
        (_LOAD, 0, 0, 16),  # its first argument
        (_EQUAL, 0, 1, _AF_NETLINK),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    return (
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and libc.prctl(_PR_SET_SECCOMP, _FILTER, program, 0, 0) == 0
    )


if __name__ == "__main__":
    refuse_netlink()
    os.execv(sys.argv[1], sys.argv[1:])
