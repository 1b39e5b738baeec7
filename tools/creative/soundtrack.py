"""The merchant's own music under a film: as long as the film, faded in and out, AAC stereo. No music is shipped or made."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.errors import AdwrightError
from ...data.words import both

if TYPE_CHECKING:
    from av import AudioFrame

RATE = 44_100
FADE_IN, FADE_OUT = 0.4, 1.4
LEVEL = 0.85
_BLOCK = 1024


def soundtrack(content: bytes, seconds: float) -> np.ndarray:
    """Decode music to float32 [2, samples] of exactly `seconds` at `RATE`; a shorter piece begins again.

    Raises `AdwrightError` (``music-broken``).
    """
    import av
    from av.error import FFmpegError

    wanted = round(seconds * RATE)
    parts: list[np.ndarray] = []
    length = 0
    try:
        with av.open(io.BytesIO(content), "r") as opened:
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
            for frame in opened.decode(opened.streams.audio[0]):
                for part in resampler.resample(frame):
                    parts.append(part.to_ndarray())
                    length += parts[-1].shape[1]
                if length >= wanted:
                    break
    except (FFmpegError, IndexError, ValueError, OSError):
        if not parts:
            raise _broken() from None
    if not length:
        raise _broken()
    sound = np.concatenate(parts, axis=1).astype(np.float32)
    if sound.shape[1] < wanted:
        sound = np.tile(sound, (1, -(-wanted // sound.shape[1])))
    return _faded(np.ascontiguousarray(sound[:, :wanted]) * LEVEL)


def _faded(sound: np.ndarray) -> np.ndarray:
    length = sound.shape[1]
    begin, end = min(round(FADE_IN * RATE), length // 4), min(round(FADE_OUT * RATE), length // 3)
    sound[:, :begin] *= np.linspace(0, 1, begin, dtype=np.float32)
    sound[:, length - end :] *= np.linspace(1, 0, end, dtype=np.float32)
    return sound


def audio_frames(sound: np.ndarray) -> Iterator[AudioFrame]:
    """Yield the sound as frames an encoder takes."""
    import av

    for start in range(0, sound.shape[1], _BLOCK):
        frame: Any = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[:, start : start + _BLOCK]), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = RATE, start
        yield frame


def _broken() -> AdwrightError:
    return AdwrightError(
        both("这个文件不是能播放的音乐。", "This file is no music that can be played."),
        both("请换一个 MP3、M4A 或 WAV 文件。", "Use an MP3, M4A or WAV file."),
        code="music-broken",
    )
