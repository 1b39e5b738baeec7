"""The life of a shop's models: versions are kept, promoted, rolled back and refused; newer data never retrain by themselves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from adwright import Assistant, Workspace
from adwright.data.errors import AdwrightError
from adwright.data.words import Words
from adwright.tools.response import drift, registry
from adwright.tools.response.comparing import compare, newest
from adwright.tools.response.delay import TIMES
from adwright.tools.response.features import Context
from adwright.tools.response.lifecycle import ShowModels, show_models
from adwright.tools.response.model import ResponseModel
from adwright.tools.response.response import Model, Response
from adwright.tools.response.shop import UNFINISHED, train
from adwright.tools.response.watching import told_in_words
from adwright.ui.cli import main


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("life") / "shop"
    with Workspace.demo(folder, scale=0.03) as shop:
        train(shop, seed=0, model="lr")
        train(shop, seed=1, model="lr")
    return folder


def test_a_new_version_serves_and_rolls_back(trained: Path):
    with Workspace.open(trained) as shop:
        newest, before = registry.versions(shop)[0], registry.versions(shop)[1]
        if not newest.promoted:
            registry.promote(shop, newest.version)
        context = Context(channel="douyin")
        rate = Response.load(shop).predict([context])[0]
        assert rate.evidence[0] == f"model:{newest.version}"
        assert registry.roll_back(shop).version == before.version
        assert Response.load(shop).predict([context])[0].evidence[0] == f"model:{before.version}"
        with pytest.raises(AdwrightError) as none:
            registry.roll_back(shop)
        assert none.value.code == "no-earlier-version"
        registry.promote(shop, newest.version)


def test_a_tampered_version_is_refused_and_the_old_stays(trained: Path):
    with Workspace.open(trained) as shop:
        current = registry.promoted_version(shop)
        other = next(v.version for v in registry.versions(shop) if not v.promoted)
        file = registry.root(shop) / "versions" / other / "manifest.json"
        whole = file.read_text("utf-8")
        told = json.loads(whole)
        told["rows"] += 1
        file.write_text(json.dumps(told), "utf-8")
        with pytest.raises(AdwrightError) as refused:
            registry.promote(shop, other)
        assert refused.value.code == "damaged-model"
        assert registry.promoted_version(shop) == current
        assert [v.damaged for v in registry.versions(shop) if v.version == other] == [True]
        file.write_text(whole, "utf-8")
        with pytest.raises(AdwrightError) as unknown:
            registry.find(shop, "nothing")
        assert unknown.value.code == "unknown-version"


def test_killed_while_promoting_leaves_a_version_in_force(trained: Path):
    with Workspace.open(trained) as shop:
        current = registry.promoted_version(shop)
        other = next(v.version for v in registry.versions(shop) if not v.promoted)
    script = (
        "import os, signal, sys, pathlib\n"
        "from adwright import Workspace\n"
        "from adwright.tools.response import registry\n"
        "shop = Workspace.open(sys.argv[1])\n"
        "pathlib.Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)\n"
        "registry.promote(shop, sys.argv[2])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(trained), other], capture_output=True, env=dict(os.environ), check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with Workspace.open(trained) as shop:
        assert registry.promoted_version(shop) == current
        promoted = registry.promoted(shop)
        assert promoted is not None and Model(promoted).version == current


def test_newer_impressions_are_noted_and_do_not_retrain(trained: Path):
    with Workspace.open(trained) as shop:
        version = registry.promoted_version(shop)
        table = shop.warehouse.arrow(shop.warehouse.table("impressions"))
        shop.warehouse.replace("impressions", table.slice(0, table.num_rows - 500))
        again = Response.ready(shop)
        assert again.model is not None and again.model.version == version
        assert "adwright train" in again.notes[0].en
        assert registry.promoted_version(shop) == version
        shop.warehouse.replace("impressions", table)


def test_the_stability_index_is_zero_for_equal_shares_and_grows_with_distance():
    even = np.array([250, 250, 250, 250])
    assert drift.psi(even, even) == pytest.approx(0, abs=1e-12)
    near, far = np.array([300, 200, 250, 250]), np.array([700, 100, 100, 100])
    assert 0 < drift.psi(even, near) < drift.psi(even, far)


def test_the_command_line_lists_promotes_and_names_mistakes(trained: Path, capsys: pytest.CaptureFixture[str]):
    where = ["-w", str(trained), "--lang", "en"]
    assert main(["models", *where, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == 2 and sum(v["promoted"] for v in found) == 1
    other = next(v["version"] for v in found if not v["promoted"])
    assert main(["models", "promote", other[:6], *where]) == 0
    assert main(["models", *where]) == 0
    assert f"* {other}" in capsys.readouterr().out
    assert main(["models", "compare", found[0]["version"], found[1]["version"], *where]) == 0
    assert "AUC" in capsys.readouterr().out
    assert main(["models", "rollback", *where]) == 0
    assert main(["models", "promote", *where]) == 2
    assert main(["train", *where, "--budget", "soon"]) == 2
    assert "90s" in capsys.readouterr().err
    assert main(["train", *where, "--model", "lr", "--budget", "20s"]) == 0
    told = capsys.readouterr().out
    assert "logloss" in told and "before, click" in told
    notes = [line for line in told.splitlines() if line.startswith("  Column ")]
    assert notes and len(notes) == len(set(notes))


def test_a_damaged_model_is_named_and_can_be_trained_out_of(tmp_path: Path):
    with Workspace.demo(tmp_path / "shop", scale=0.03) as shop:
        (shop.models / "fit-killed").mkdir(parents=True)
        train(shop, seed=0, model="lr")
        assert not (shop.models / "fit-killed").exists()
        damaged = registry.promoted(shop)
        assert damaged is not None
        next((damaged / "click").glob("weights-*")).write_bytes(b"")
        found = Response.ready(shop)
        assert found.model is None and "damaged" in found.notes[0].en
        assert [v.damaged for v in registry.versions(shop)] == [True]
        assert "damaged" in show_models(shop, ShowModels()).finding.en
        version = train(shop, seed=1, model="lr")["version"]
        assert registry.promoted_version(shop) == version
        again = Response.ready(shop)
        assert again.model is not None and again.model.version == version


class Stopper:
    """Stops a training at the first line that `when` accepts, as Ctrl-C does."""

    def __init__(self, when: str = "") -> None:
        self.when = when
        self.heard: list[str] = []

    def start(self, key: str, title: object) -> None: ...

    def note(self, note: Words, done: int, of: int) -> None:
        self.heard.append(note.en)
        if self.when in note.en:
            raise KeyboardInterrupt

    def done(self, key: str, finding: object, artifact: object = None) -> None: ...


def test_a_stopped_training_ends_its_child_and_changes_nothing_in_force(trained: Path):
    with Workspace.open(trained) as shop:
        before = registry.promoted_version(shop), len(registry.versions(shop))
        with pytest.raises(KeyboardInterrupt):
            train(shop, seed=7, progress=Stopper())
        assert (registry.promoted_version(shop), len(registry.versions(shop))) == before
        assert [p.name for p in shop.models.glob("fit-*")] == [UNFINISHED]


def test_a_stopped_training_goes_on_where_it_was(tmp_path: Path):
    with Workspace.demo(tmp_path / "shop", scale=0.03) as shop:
        with pytest.raises(KeyboardInterrupt):
            train(shop, seed=3, model="lr", progress=Stopper("Conversion model"))
        finished = shop.models / UNFINISHED / "click.json"
        assert finished.exists() and registry.versions(shop) == []
        told = json.loads(finished.read_text("utf-8"))
        finished.write_text(json.dumps(told | {"ctr_chosen": {"kept": 1.0}}), "utf-8")
        heard = Stopper("never said")
        manifest = train(shop, seed=3, model="lr", progress=heard)
        # The finished stage was used, not fitted again; the version is that of a training that was never stopped.
        assert manifest["models"]["auto"]["ctr_chosen"] == {"kept": 1.0}
        assert not any("Click model: log" in line for line in heard.heard)
        assert not list(shop.models.glob("fit-*"))
        assert train(shop, seed=3, model="lr")["version"] == manifest["version"]


def test_what_was_finished_for_other_rows_or_settings_is_not_used(tmp_path: Path):
    with Workspace.demo(tmp_path / "shop", scale=0.03) as shop:
        with pytest.raises(KeyboardInterrupt):
            train(shop, seed=3, model="lr", progress=Stopper("Conversion model"))
        finished = shop.models / UNFINISHED / "click.json"
        finished.write_text(json.dumps(json.loads(finished.read_text("utf-8")) | {"ctr_chosen": {"kept": 1.0}}), "utf-8")
        table = shop.warehouse.arrow(shop.warehouse.table("impressions"))
        shop.warehouse.replace("impressions", table.slice(0, table.num_rows - 500))
        assert train(shop, seed=3, model="lr")["models"]["auto"]["ctr_chosen"] == {"lr": 1.0}


def test_a_killed_training_goes_on_and_gives_the_version_it_would_have_given(trained: Path, tmp_path: Path):
    script = (
        "import os, signal, sys\n"
        "from adwright import Workspace\n"
        "from adwright.tools.response.shop import train\n"
        "class Killer:\n"
        "    def start(self, key, title): ...\n"
        "    def done(self, key, finding, artifact=None): ...\n"
        "    def note(self, note, done, of):\n"
        "        if done == 1:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "train(Workspace.open(sys.argv[1]), seed=11, model='lr', progress=Killer())\n"
    )
    with Workspace.open(trained) as shop:
        current, place = registry.promoted_version(shop), shop.models / UNFINISHED
        whole = train(shop, seed=11, model="lr")["version"]
        if current is not None and current != whole:
            registry.promote(shop, current)
    done = subprocess.run([sys.executable, "-c", script, str(trained)], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    finished = place / "click.json"
    written = finished.stat().st_mtime_ns

    class Looker(Stopper):
        def note(self, note: Words, done: int, of: int) -> None:
            super().note(note, done, of)
            assert finished.stat().st_mtime_ns == written

    with Workspace.open(trained) as shop:
        assert registry.promoted_version(shop) == current
        looker = Looker("never said")
        assert train(shop, seed=11, model="lr", progress=looker)["version"] == whole
        assert any("finished before the stop" in line for line in looker.heard)
        assert not place.exists()


def test_a_finished_stage_whose_files_are_damaged_is_fitted_again(trained: Path):
    with Workspace.open(trained) as shop:
        whole = train(shop, seed=12, model="lr")["version"]
        with pytest.raises(KeyboardInterrupt):
            train(shop, seed=12, model="lr", progress=Stopper("Conversion model"))
        next((shop.models / UNFINISHED / "click").glob("weights-*")).write_bytes(b"torn")
        assert train(shop, seed=12, model="lr")["version"] == whole


def test_ctrl_c_at_the_command_line_says_how_to_go_on(trained: Path):
    with Workspace.open(trained) as shop:
        task, current = shop.models / UNFINISHED / "task.json", registry.promoted_version(shop)
    task.unlink(missing_ok=True)
    command = [sys.executable, "-m", "adwright", "train", "-w", str(trained), "--lang", "en", "--model", "gbdt"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not task.exists() and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130 and "Run adwright train again" in said and "Traceback" not in said
    with Workspace.open(trained) as shop:
        assert registry.promoted_version(shop) == current


def test_progress_tells_what_is_fitted_and_how_good_it_was(trained: Path):
    heard = Stopper("never said")
    with Workspace.open(trained) as shop:
        train(shop, seed=9, model="lr", progress=heard)
    assert any("Click model: logistic regression, logloss 0." in line for line in heard.heard)
    assert (
        told_in_words({"stage": "convert", "what": "dnn", "loss": 0.5, "epoch": 2, "left": 0}).zh
        == "转化模型：神经网络 128-64-1，第 2 轮，logloss 0.50000"
    )


def test_new_products_alone_are_watched_and_do_not_call_for_training():
    stored = {"product_id": {"levels": ["a", "b"], "counts": [500, 500, 0]}, "channel": {"levels": ["x", "y"], "counts": [500, 500, 0]}}
    new = {"product_id": np.array(["c"] * 1_000, object), "channel": np.array(["x", "y"] * 500, object)}
    assert {f.name: f.state for f in drift.compare(stored, new, None)} == {"product_id": "watch", "channel": "stable"}
    new["channel"] = np.array(["x"] * 1_000, object)
    assert {f.name: f.state for f in drift.compare(stored, new, None)}["channel"] == "drifted"


def test_two_versions_are_compared_on_the_same_newest_rows(trained: Path, capsys: pytest.CaptureFixture[str]):
    with Workspace.open(trained) as shop:
        newest, before = registry.versions(shop)[:2]
        forth, back = compare(shop, newest.version, before.version)["click"], compare(shop, before.version, newest.version)["click"]
        assert forth["rows"] == back["rows"] and forth["difference"] == pytest.approx(-back["difference"])
        itself = compare(shop, newest.version, newest.version)["click"]
        assert itself["difference"] == 0 and itself["verdict"] == "tied"
    assert main(["models", "compare", newest.version, before.version, "-w", str(trained), "--lang", "en"]) == 0
    assert "the same newest" in capsys.readouterr().out
    assert main(["models", "compare", newest.version, before.version, "-w", str(trained), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["compared"]["click"]["difference"] == pytest.approx(forth["difference"])
    assert [v["version"] for v in told["versions"]] == [newest.version, before.version]


def test_the_light_variant_of_a_version_is_written_and_its_loss_told(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    where = ["-w", str(trained), "--json"]
    assert main(["models", "light", "--bits", "8", "--out", str(tmp_path / "light"), *where]) == 0
    told = json.loads(capsys.readouterr().out)
    with Workspace.open(trained) as shop:
        assert told["version"] == registry.promoted_version(shop)
        rows, _, _ = newest(shop)["click"]
    click = told["models"]["click"]
    assert click["bytes"] < click["before"] and click["parity"] <= 1e-6 and abs(click["difference"]) < 0.002
    assert ResponseModel.load(tmp_path / "light" / "click").predict(rows).mean() == pytest.approx(
        click["new"]["bias"] * rows["clicked"].mean()
    )
    assert main(["models", "light", *where[:2], "--lang", "en"]) == 0
    assert "click: " in capsys.readouterr().out
    assert main(["models", "light", "nothing", *where]) == 2
    monkeypatch.setattr(ResponseModel, "light", lambda self, bits: self)
    assert main(["models", "light", "--out", str(tmp_path / "again"), *where]) == 2
    assert "smaller" in capsys.readouterr().err and not list((tmp_path / "again").glob("*"))


def test_a_model_of_any_table_is_trained_and_saved_at_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    generator = np.random.default_rng(0)
    x = generator.integers(0, 4, 4_000)
    table = pd.DataFrame(
        {"row_id": np.arange(4_000), "channel": np.array(list("abcd"))[x], "bought": generator.random(4_000) < 0.05 + 0.1 * x}
    )
    file, out = tmp_path / "rows.csv", tmp_path / "model"
    table.assign(bought=table.bought.astype(int)).to_csv(file, index=False)
    empty, binary, chinese = tmp_path / "empty.csv", tmp_path / "binary.parquet", tmp_path / "中文.csv"
    empty.write_text("channel,bought\n", "utf-8")
    binary.write_bytes(b"PAR1 not")
    pd.read_csv(file).rename(columns={"channel": "渠道", "bought": "成交"}).to_csv(chinese, index=False, encoding="gbk")
    asked = ["train", "--data", str(file), "--label", "bought", "--model", "lr", "--lang", "en"]
    assert main([*asked, "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert "'row_id' is left out" in told.out and "logloss" in told.out and "logistic regression, logloss" in told.err
    assert np.ptp(ResponseModel.load(out).predict(table)) > 0.1
    assert main([*asked[:4], "nothing", "--lang", "en"]) == 2
    assert main(["train", "--data", str(tmp_path / "none.csv"), "--lang", "en"]) == 2
    assert "There is no file" in capsys.readouterr().err
    for given, words in (
        (["--label", "bought"], "go with --data"),
        (["--data", str(file), "--label", "bought", "--out", str(file)], "Nothing can be written"),
        (["--data", str(empty), "--label", "bought"], "holds no rows"),
        (["--data", str(binary), "--label", "bought"], "cannot be read as a table"),
    ):
        assert main(["train", *given, "--lang", "en"]) == 2
        assert words in capsys.readouterr().err
    assert main(["train", "--data", str(chinese), "--label", "成交", "--model", "lr", "--lang", "zh"]) == 0
    assert "留出的行" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a folder that may not be written to")
def test_a_place_that_cannot_be_written_leaves_the_version_in_force(trained: Path):
    with Workspace.open(trained) as shop:
        current = registry.promoted_version(shop)
        place = registry.root(shop) / "versions"
        place.chmod(0o500)
        try:
            with pytest.raises(AdwrightError) as full:
                train(shop, seed=8, model="lr")
        finally:
            place.chmod(0o700)
        assert full.value.code == "model-not-saved"
        assert registry.promoted_version(shop) == current


def test_a_full_disk_leaves_the_version_in_force(trained: Path):
    resource = pytest.importorskip("resource")
    script = (
        "import resource, signal, sys\n"
        "from adwright import Workspace\n"
        "from adwright.data.errors import AdwrightError\n"
        "from adwright.tools.response import registry\n"
        "shop = Workspace.open(sys.argv[1])\n"
        "own, manifest = registry.read(registry.promoted(shop))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))\n"
        "try:\n"
        "    registry.save(shop, manifest | {'version': 'full'}, own)\n"
        "except AdwrightError as error:\n"
        "    print(error.code)\n"
    )
    assert resource is not None
    with Workspace.open(trained) as shop:
        current = registry.promoted_version(shop)
    done = subprocess.run([sys.executable, "-c", script, str(trained)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "model-not-saved", done.stderr
    with Workspace.open(trained) as shop:
        assert registry.promoted_version(shop) == current
        assert not (registry.root(shop) / "versions" / "full").exists()
        assert not list((registry.root(shop) / "versions").glob(".part-*"))


@pytest.mark.parametrize(("turned", "words"), [("clicked", "clicks worse"), ("converted", "conversions worse")])
def test_a_version_that_is_worse_on_either_rate_is_kept_and_not_put_in_force(tmp_path: Path, turned: str, words: str):
    with Workspace.demo(tmp_path / "shop", scale=0.03) as shop:
        table = shop.warehouse.arrow(shop.warehouse.table("impressions").order_by(["ts", "campaign_id", "user_id"]))
        rows, generator = table.to_pandas(), np.random.default_rng(0)
        early, draw = np.arange(len(rows)) < 0.9 * len(rows), generator.random((2, len(rows)))

        def learn(turn: bool) -> str:
            """Replace what people did by something plain to learn, turned round in all but the newest rows; train on it."""
            for i, (name, by) in enumerate((("clicked", "device"), ("converted", "gender"))):
                likely = (rows[by] == rows[by].mode()[0]).to_numpy() ^ (early & turn & (name == turned))
                rows[name] = (draw[i] < np.where(likely, 0.6, 0.15)) & (rows["clicked"] if name == "converted" else True)
            rows["converted_at"] = (rows["ts"] + pd.Timedelta(minutes=5)).where(rows["converted"])
            shop.warehouse.replace("impressions", pa.Table.from_pandas(rows, schema=table.schema, preserve_index=False))
            return train(shop, seed=0, model="lr")["version"]

        good, bad = learn(False), learn(True)
        assert good != bad and registry.promoted_version(shop) == good
        reason = next(v.reason for v in registry.versions(shop) if v.version == bad)
        assert words in reason["en"] and "not put in force" in reason["en"]


def test_every_state_of_newer_rows_is_said_and_only_drift_calls_for_training():
    def told(state: drift.State, rows: int, *fields: tuple[str, str]) -> str:
        listed = [{"name": name, "psi": 0.3, "chance": 0.01, "state": kind} for name, kind in fields]
        return drift.remark(drift.Drift.model_validate({"version": "v", "state": state, "rows": rows, "fields": listed})).en

    assert "retrain the click model" in told("drifted", 900, ("hour", "drifted"))
    for quiet in (
        told("watch", 900, ("product_id", "watch")),
        told("stable", 900),
        told("stable", 0),
        told("too-few", 9),
        told("unknown", 9),
    ):
        assert "advised" not in quiet
    assert "no reason to train anew" in told("watch", 900, ("product_id", "watch"))


def test_drifted_rows_are_told_after_the_import_in_the_list_and_in_the_chat(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    place = tmp_path / "shop"
    with Workspace.demo(place, scale=0.03) as shop:
        train(shop, seed=0, model="lr")
        rows = shop.warehouse.frame("SELECT * FROM impressions ORDER BY ts DESC LIMIT 900")
    for name in TIMES:
        rows[name] = rows[name] + pd.Timedelta(days=60)
    rows["placement"], rows["channel"], rows["hour"] = rows["placement"].iloc[0], rows["channel"].iloc[0], 3
    file = tmp_path / "newer.parquet"
    rows.dropna(axis=1, how="all").to_parquet(file)
    where = ["-w", str(place), "--lang", "en"]
    assert main(["import", "impressions", str(file), *where]) == 0
    assert "retraining is advised" in capsys.readouterr().err
    assert main(["models", *where]) == 0
    assert "retraining is advised" in capsys.readouterr().err
    with Workspace.open(place) as shop:
        said = Assistant(shop, model="planner").chat("which model version is in force?").text
        assert "retraining is advised" in said and "retrain the click model" in said
