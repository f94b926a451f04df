"""What a lesson's container may take: enough for every lecture, too little to harm the machine (promises.md, 26)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory`` in bytes (swap included), ``processes`` at once, ``log`` in bytes kept of its output."""

    memory: int = 1 << 30
    processes: int = 256
    log: int = 10_000_000
    no_new_privileges: bool = True
    init: bool = True

    def host_config(self, info: dict[str, Any], podman: bool) -> dict[str, Any]:
        """The ``HostConfig`` of POST /containers/create, as far as this engine (GET /info) can hold it."""
        config: dict[str, Any] = {}
        if info.get("MemoryLimit", True):
            config["Memory"] = self.memory
            if info.get("SwapLimit"):
                config["MemorySwap"] = self.memory
        if info.get("PidsLimit", True):
            config["PidsLimit"] = self.processes
        if self.no_new_privileges:
            config["SecurityOpt"] = ["no-new-privileges"]
        if not podman:
            config["LogConfig"] = {"Type": "json-file", "Config": {"max-size": str(self.log), "max-file": "1"}}
            # An engine without an init of its own names none here, and would refuse to start the container.
            if self.init and str((info.get("InitCommit") or {}).get("ID") or "") not in {"", "N/A"}:
                config["Init"] = True
        return config

    def missing(self, info: dict[str, Any]) -> tuple[str, ...]:
        """The limits that this engine cannot enforce, in words."""
        names = {"MemoryLimit": "memory", "PidsLimit": "number of processes"}
        return tuple(words for key, words in names.items() if info.get(key) is False)
