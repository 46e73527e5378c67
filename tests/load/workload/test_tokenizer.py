import json

import pytest

from ftbench.errors import InputError
from ftbench.load.item import Item
from ftbench.load.workload.tokenizer import context_of, count_tokens, load_tokenizer
from tests.load.workload.tokenizers_made import STRICT, save


def chat(*contents, role="user"):
    return Item(messages=[{"role": role, "content": content} for content in contents])


def test_the_chat_template_and_special_tokens_are_counted(bpe):
    """<s> <|user|> \\n word </s> \\n <|assistant|>, as the template says; a text has none."""
    rendered = bpe.apply_chat_template([{"role": "user", "content": "word"}], tokenize=False, add_generation_prompt=True)
    alone = len(bpe("word", add_special_tokens=False)["input_ids"])
    (counted,) = count_tokens(bpe, [chat("word")])
    assert counted == len(bpe(rendered, add_special_tokens=False)["input_ids"]) == alone + 6
    assert count_tokens(bpe, [Item(prompt="word")]) == [alone]


def test_a_text_gets_the_special_tokens_that_the_tokenizer_itself_adds(tokenizers):
    tokenizer = tokenizers["metaspace"]
    assert count_tokens(tokenizer, [Item(prompt="a")])[0] == len(tokenizer("a", add_special_tokens=False)["input_ids"]) + 1


def test_text_in_parts_is_counted_and_a_picture_makes_the_length_unknown_not_wrong(bpe):
    text, picture = {"type": "text", "text": "word"}, {"type": "image_url", "image_url": {"url": "data:,"}}
    assert count_tokens(bpe, [chat([text]), chat([text, picture]), chat("word")]) == [
        count_tokens(bpe, [chat("word")])[0],
        None,
    ] + count_tokens(bpe, [chat("word")])


def test_messages_that_the_template_refuses_are_named(tmp_path):
    tokenizer = load_tokenizer(save("bpe", tmp_path, STRICT))
    items = [chat("fine"), chat("no", role="assistant")]
    with pytest.raises(InputError, match="^traffic.jsonl, line 9: the model's chat template refuses these messages: roles must alternate"):
        count_tokens(tokenizer, items, ["traffic.jsonl, line 8", "traffic.jsonl, line 9"])


def test_a_folder_without_a_tokenizer_and_one_that_would_run_code_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        load_tokenizer(tmp_path / "none")
    with pytest.raises(InputError, match="cannot be read"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read") as error:
        load_tokenizer(tmp_path)
    assert "\n" not in str(error.value)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": ["evil.Tokenizer", None]}}))
    (tmp_path / "evil.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(InputError, match="asks to run Python code"):
        load_tokenizer(tmp_path)


def test_a_server_that_adds_a_plain_template_is_counted_with_it(tmp_path):
    folder = save("bpe", tmp_path, template=None)
    assert load_tokenizer(folder).chat_template is None
    plain = load_tokenizer(folder, "{{ messages[0]['content'] }}")
    assert count_tokens(plain, [chat("word")]) == count_tokens(plain, [Item(prompt="word")])


def test_context_is_what_the_models_config_says(tmp_path, tiny_model_folder):
    assert context_of(tiny_model_folder) == 512
    assert context_of(tmp_path) is None
    (tmp_path / "config.json").write_text(json.dumps({"text_config": {"max_position_embeddings": 4096}}))
    assert context_of(tmp_path) == 4096
