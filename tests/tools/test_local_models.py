"""A local model, really loaded: a tiny one, built here with random weights, writes, calls a tool, is tuned, stopped, and goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adwright.data.errors import AdwrightError
from adwright.data.settings import Settings
from adwright.data.workspace import Workspace
from adwright.tools.creative.own_best import Example, best_copy
from adwright.tools.localtext import checked, opened, text_writer
from adwright.ui.cli import main

torch: Any = pytest.importorskip("torch")
pytest.importorskip("peft")
CALL = '<tool_call>{"name": "compute_roi", "arguments": {"spend": 8000}}</tool_call>'
TEMPLATE = (
    "{% if tools %}<|tools|>{% for tool in tools %}{{ tool.function.name }} {% endfor %}{% endif %}"
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def build(folder: Path, taught: str, template: str | None = TEMPLATE) -> Path:
    """A two-layer Llama over bytes that knows one conversation by heart; with ``taught=""`` its weights stay random."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(0)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    core.pre_tokenizer, core.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<|end|>", pad_token="<|end|>")
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|user|>", "<|assistant|>", "<|system|>", "<|tools|>"]})
    tokenizer.chat_template = template
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=48,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=4096,
        eos_token_id=int(str(tokenizer.eos_token_id)),
        pad_token_id=int(str(tokenizer.pad_token_id)),
        bos_token_id=None,
    )
    model = LlamaForCausalLM(config)
    if taught:
        ids = tokenizer(taught, return_tensors="pt", add_special_tokens=False)["input_ids"]
        optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
        for _ in range(60):
            loss = model(input_ids=ids, labels=ids).loss
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("random") / "tiny", "")


def ads(count: int) -> list[Example]:
    return [Example(f"c{i}", "zh", f"写{i}", '{"drafts": [{"headline": ["跑鞋上新"]}]}', "跑鞋上新", ("跑鞋",)) for i in range(count)]


def test_what_is_missing_is_named(tmp_path: Path, random_model: Path) -> None:
    with pytest.raises(AdwrightError) as caught:
        checked(tmp_path)
    assert caught.value.code == "no-local-model"
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "/nowhere"}')
    with pytest.raises(AdwrightError) as caught:
        opened(tmp_path)
    assert caught.value.code == "no-local-model" and "nowhere" in caught.value.message.en
    assert opened(random_model) is opened(random_model)
    write = text_writer(Settings.load({}, {"ADWRIGHT_MODEL": f"local:{tmp_path}"}), 5)
    assert write is not None
    with pytest.raises(AdwrightError):
        write("x")


def test_a_local_model_calls_a_tool_through_its_template(tmp_path: Path) -> None:
    from langchain_core.messages import HumanMessage

    from adwright.agent.local import LocalModel

    tool = {
        "type": "function",
        "function": {
            "name": "compute_roi",
            "description": "d",
            "parameters": {"type": "object", "properties": {"spend": {"type": "number"}}},
        },
    }
    taught = f"<|tools|>compute_roi <|user|>投了8000，算下ROI<|end|><|assistant|>{CALL}<|end|>"
    model = LocalModel.at(build(tmp_path / "caller", taught))
    message = model.bind_tools([tool]).invoke([HumanMessage("投了8000，算下ROI")])
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [("compute_roi", {"spend": 8000})]
    assert model.weights.knows_tools


def test_a_random_model_leaves_the_copy_to_the_grammar(random_model: Path, shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from adwright.data import knowledge
    from adwright.tools.catalogue import find_product
    from adwright.tools.creative import authors

    monkeypatch.setattr(shop, "settings", Settings.load({}, {"ADWRIGHT_MODEL": f"local:{random_model}"}))
    monkeypatch.setattr(authors, "SECONDS", 1.0)
    made = authors.written(shop, find_product(shop, "跑鞋"), knowledge.channel("douyin"), "zh", 2)
    assert [item.author for item in made.items] == ["grammar", "grammar"]
    assert any("模型 tiny 没有写出可用的文案" in note.zh for note in made.about)


def test_tuning_lowers_the_loss_is_resumed_and_serves(random_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from adwright.tools.creative import tuning

    monkeypatch.setattr(tuning, "SHOWN", 2)
    monkeypatch.setattr(tuning, "NEW_TOKENS", 12)
    examples = ads(44)
    whole = tuning.tune(random_model, examples, tmp_path / "whole", epochs=2, rate=1e-2)
    assert whole.valid_loss[-1] < whole.valid_loss[0] - 0.5
    assert "before" in whole.report or "Nothing could be scored" in whole.report
    assert (tmp_path / "whole" / "report.md").is_file() and not (tmp_path / "whole" / tuning.WORK).exists()

    class Stops:
        """Stops the run when its second epoch begins."""

        def start(self, key: str, title: Any) -> None:
            if key == "epoch-2":
                raise KeyboardInterrupt

        def note(self, note: Any, done: int, of: int) -> None: ...
        def done(self, key: str, finding: Any, artifact: Any = None) -> None: ...

    with pytest.raises(KeyboardInterrupt):
        tuning.tune(random_model, examples, tmp_path / "part", epochs=2, rate=1e-2, progress=Stops())
    resumed = tuning.tune(random_model, examples, tmp_path / "part", epochs=2, rate=1e-2)
    assert resumed.valid_loss == pytest.approx(whole.valid_loss, abs=1e-3)
    text, _ = opened(tmp_path / "part").write([{"role": "user", "content": "写1"}], 20, new_tokens=8)
    assert isinstance(text, str)
    with pytest.raises(AdwrightError) as caught:
        tuning.tune(random_model, examples, tmp_path / "part", epochs=2)
    assert caught.value.code == "out-taken"


def test_too_few_examples_and_no_template_are_refused(random_model: Path, tmp_path: Path) -> None:
    from adwright.tools.creative import tuning

    with pytest.raises(AdwrightError) as caught:
        tuning.tune(random_model, ads(tuning.LEAST - 1), tmp_path / "x")
    assert caught.value.code == "too-few-examples" and "39" in caught.value.message.en
    with pytest.raises(AdwrightError) as caught:
        tuning.tune(build(tmp_path / "plain", "", None), ads(tuning.LEAST), tmp_path / "x")
    assert caught.value.code == "no-chat-template"


def test_the_shops_best_copy_and_the_check_of_the_command(random_model: Path, shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    examples = best_copy(shop)
    assert len(examples) > 40 and {e.language for e in examples} == {"zh", "en"}
    assert 0 < sum(e.valid for e in examples) < len(examples) / 3
    from adwright.tools.creative.tuning import check

    told = dict(check(random_model, examples[:5]))
    assert "cpu" in told["device"] or "cuda" in told["device"]
    assert "nats a token" in told["loss of the first example"]
    assert main(["tune", "--model", "/nowhere", "--lang", "en"]) == 2
    assert "no transformers model" in capsys.readouterr().err
