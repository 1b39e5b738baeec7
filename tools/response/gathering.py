"""Adds up gradients over worker processes, in the order of their ranks: the same rows give the same sums, whoever was first.

Rank 0 starts the others (``python -m adwright.tools.response.MODULE FOLDER RANK``) and speaks with them through their standard input
and output. Every worker holds all weights and moves them by the sum, so that they stay equal: synchronous data parallelism, as a
star. For processes of one machine; over a network the sums would have to go another way.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .sharded import read, write


@dataclass
class Gathering:
    """One of `workers` processes; rank 0 holds `others`, the rest speak to it through their own standard streams."""

    rank: int
    workers: int
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def of(cls, module: str, folder: Path, rank: int, workers: int) -> Gathering:
        """Join; rank 0 starts the other processes."""
        command = [sys.executable, "-m", f"adwright.tools.response.{module}", str(folder)]
        ranks = range(1, workers) if rank == 0 else ()
        others = [subprocess.Popen([*command, str(r)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for r in ranks]
        return cls(rank, workers, others)

    def __enter__(self) -> Gathering:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        for other in self.others:
            assert other.stdin is not None
            assert other.stdout is not None
            if kind is not None:
                other.kill()
            other.stdin.close()
            other.stdout.close()
            other.wait()

    def add(self, ids: np.ndarray, rows: np.ndarray, rest: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        """Sum of all workers' gradients: `rows` belong to the table's rows `ids`, `rest` to all other weights.

        Raises OSError when another process has ended.
        """
        if self.rank:
            self._say(sys.stdout.buffer, [ids, rows, *rest])
            ids, rows, *summed = read(sys.stdin.buffer)
            return ids, rows, summed
        told = [[ids, rows, *rest], *(read(other.stdout) for other in self.others)]
        every = np.unique(np.concatenate([part[0] for part in told]))
        total = np.zeros((len(every), rows.shape[1]), rows.dtype)
        for part in told:
            total[np.searchsorted(every, part[0])] += part[1]
        summed = [np.sum(parts, axis=0) for parts in zip(*(part[2:] for part in told), strict=True)]
        self._tell([every, total, *summed])
        return every, total, summed

    def agree(self, go_on: bool = True) -> bool:
        """Whether to go on, as rank 0 says."""
        if self.rank:
            return bool(read(sys.stdin.buffer)[0][0])
        self._tell([np.array([go_on])])
        return go_on

    def _tell(self, arrays: list[np.ndarray]) -> None:
        for other in self.others:
            self._say(other.stdin, arrays)

    @staticmethod
    def _say(stream: Any, arrays: list[np.ndarray]) -> None:
        write(stream, arrays)
