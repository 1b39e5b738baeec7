"""Films: right length, size and codec, label from the first frame, text that comes in, a poster; or a clear refusal."""

from __future__ import annotations

import json

import pytest

from adwright.data.errors import AdwrightError
from adwright.data.workspace import Workspace
from adwright.tools.creative.video import FPS, GenerateVideo, generate_video


def test_a_film_is_what_was_asked_for(shop: Workspace) -> None:
    import av
    import numpy as np

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
