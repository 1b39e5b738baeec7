"""Films: right length, size and codec, label from the first frame, text that comes in, a poster; or a clear refusal."""

from __future__ import annotations

import json
import math
import wave
from pathlib import Path

import numpy as np
import pytest

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools.creative import motion
from adwright.tools.creative.soundtrack import RATE, soundtrack
from adwright.tools.creative.uploads import keep_media
from adwright.tools.creative.video import FPS, GenerateVideo, generate_video


def test_a_film_is_what_was_asked_for(shop: Workspace) -> None:
    import av

    result = generate_video(shop, GenerateVideo(product="跑鞋", seconds=5, size="540x960"))
    media = result.artifact.data["items"][0]
    path = shop.artefacts.path(media["id"])
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert json.loads(film.metadata["AIGC"])["Label"] == "1"
        frames = [frame.to_ndarray(format="gray") for frame in film.decode(stream)]
    assert len(frames) == 5 * FPS and frames[0].shape == (960, 540)
    corner = slice(int(960 * 0.14), int(960 * 0.19)), slice(320, 460)
    # The label's ink is in the corner from the first frame on.
    assert np.ptp(frames[0][corner].astype(int)) > 60
    assert np.abs(frames[0].astype(int) - frames[60].astype(int)).max() > 60
    assert all(check["passed"] for check in media["checks"])
    assert shop.artefacts.path(result.artifact.data["poster"]).is_file()


@pytest.mark.parametrize(
    ("seconds", "size", "code"),
    [(2, "720x1280", "bad-length"), (90, "720x1280", "bad-length"), (6, "721x1280", "bad-size"), (6, "vertical", "bad-size")],
)
def test_bad_requests_are_refused(shop: Workspace, seconds: int, size: str, code: str) -> None:
    with pytest.raises(AdwrightError) as caught:
        generate_video(shop, GenerateVideo(product="跑鞋", seconds=seconds, size=size))
    assert caught.value.code == code


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a tone, mono."""
    path = tmp_path_factory.mktemp("tune") / "tune.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes((np.sin(np.arange(44_100) / 22_050 * math.tau * 330) * 12_000).astype(np.int16).tobytes())
    return path


def test_a_longer_film_has_shots_the_offer_and_the_merchants_music(shop: Workspace, tune: Path) -> None:
    import av

    kind, music = keep_media(shop, tune)
    result = generate_video(shop, GenerateVideo(product="跑鞋", seconds=9, size="240x426", offer="第二双半价", style="水墨", music=music))
    media = result.artifact.data["items"][0]
    assert kind == "music" and "音乐" in result.finding.zh and "2 个镜头" in media["how"]["zh"]
    assert media["poster"] in result.artifact.files
    with av.open(str(shop.artefacts.path(media["id"]))) as film:
        assert float(film.duration or 0) / 1_000_000 == pytest.approx(9, abs=0.1)
        sound = np.concatenate([frame.to_ndarray() for frame in film.decode(film.streams.audio[0])], axis=1)
    assert sound.shape[1] / RATE == pytest.approx(9, abs=0.1)
    loud = np.abs(sound[:, 3 * RATE : 4 * RATE]).max()
    assert loud > 0.1 and np.abs(sound[:, :400]).max() < loud / 4 and np.abs(sound[:, -400:]).max() < loud / 4


def test_music_that_is_none_is_refused() -> None:
    with pytest.raises(AdwrightError) as caught:
        soundtrack(b"\x00" * 4000, 6)
    assert caught.value.code == "music-broken"


def test_curves_of_motion_begin_at_nothing_and_end_in_place() -> None:
    for curve in (motion.eased, motion.settled, motion.sprung):
        assert (curve(-1), curve(2)) == pytest.approx((0, 1)) and curve(0.5) > 0.4
    assert max(motion.sprung(t / 50) for t in range(51)) > 1


def test_a_layer_lands_where_it_was_cut() -> None:
    ground = np.full((40, 60, 3), 200, np.uint8)
    pixels = np.zeros((10, 12, 4), np.uint8)
    pixels[...] = (250, 0, 0, 255)
    layer = motion.Layer(pixels, 20, 15)
    whole = ground.copy()
    motion.put(whole, layer)
    assert (whole[15:25, 20:32] == (250, 0, 0)).all() and (whole[:15] == 200).all()
    moved = ground.copy()
    motion.put(moved, layer, dx=0.5, dy=-30.25, scale=1.2)
    assert (moved[15:25, 20:32] == 200).all()
    gone = ground.copy()
    motion.put(gone, layer, opacity=0)
    assert (gone == ground).all()
