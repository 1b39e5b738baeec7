"""Unpack a gzip file beside nothing else: into a folder of its own that goes away afterwards, with a limit on its size."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import AdwrightError
from .words import both

MAGIC = b"\x1f\x8b"
CHUNK = 1 << 20  # bytes
LIMIT = 4_000_000_000  # bytes unpacked
# Logs repeat themselves: 60 to 1 is usual. Only what is large is held against the ratio.
RATIO, RATIO_FROM = 200, 100_000_000


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Yield the content of ``orders.csv.gz`` as a file ``orders.csv``.

    Raises `AdwrightError`: ``too-large``, ``unreadable-file`` (cut off or damaged).
    """
    packed = max(1, path.stat().st_size)
    with tempfile.TemporaryDirectory(prefix="adwright-") as folder:
        target = Path(folder) / path.stem
        try:
            with gzip.open(path) as source, target.open("wb") as sink:
                size = 0
                while block := source.read(CHUNK):
                    size += len(block)
                    if size > LIMIT or (size > RATIO_FROM and size / packed > RATIO):
                        raise _too_large(path)
                    sink.write(block)
        except (EOFError, OSError, zlib.error) as error:
            reason = str(error).splitlines()[0][:200] if str(error) else "?"
            raise AdwrightError(
                both(f"无法解压文件 {path.name}：{reason}。", f"The file {path.name} cannot be unpacked: {reason}."),
                both("文件可能不完整，请重新下载，或先自行解压。", "It may be incomplete; download it again or unpack it yourself."),
                code="unreadable-file",
            ) from error
        yield target


def _too_large(path: Path) -> AdwrightError:
    return AdwrightError(
        both(
            f"{path.name} 解压后超出安全上限（{LIMIT / 1e9:.0f} GB，压缩比 {RATIO}）。",
            f"{path.name} unpacks to more than is safe ({LIMIT / 1e9:.0f} GB, ratio {RATIO}).",
        ),
        both("请分成几个文件，或改存为 Parquet。", "Split it into several files, or save it as Parquet."),
        code="too-large",
    )
