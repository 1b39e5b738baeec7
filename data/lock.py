"""One process owns a workspace: a lock file held as long as the workspace is open.

The lock is the operating system's, so it is gone when the process is, even after kill -9. The file itself stays.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from .errors import AdwrightError
from .words import both

PATIENCE = 0.4  # seconds: long enough for a closing neighbour, short enough to answer within a second


class Lock:
    """An exclusive lock on `path`; `AdwrightError` (``workspace-busy``) when it is held, (``not-writable``) when it cannot be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise AdwrightError(
                both(
                    f"无法写入工作区 {path.parent}：{error.strerror}。", f"The workspace {path.parent} cannot be written: {error.strerror}."
                ),
                both("请检查目录权限和磁盘空间。", "Check the directory's permissions and the disk space."),
                code="not-writable",
            ) from error
        until = time.monotonic() + PATIENCE
        while not _try_lock(self._handle):
            if time.monotonic() > until:
                os.close(self._handle)
                raise AdwrightError(
                    both(
                        f"工作区 {path.parent} 已在另一个窗口或程序中打开。",
                        f"The workspace {path.parent} is open in another window or program.",
                    ),
                    both("请先关闭那一个，或者换一个工作区目录。", "Close that one first, or use another workspace directory."),
                    code="workspace-busy",
                )
            time.sleep(0.05)

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            os.lseek(handle, 0, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
