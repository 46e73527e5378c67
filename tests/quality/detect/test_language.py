import pytest

from ftbench.errors import InputError
from ftbench.quality.detect.language import in_language, language, languages


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your parcel left our warehouse this morning.", "en"),
        ("Ihr Paket wurde heute Morgen verschickt.", "de"),
        ("您的包裹今天早上已经发出。", "zh"),
        ("お荷物は今朝発送されました。", "ja"),
        ("تم شحن الطرد صباح اليوم.", "ar"),
    ],
)
def test_a_sentence_is_in_its_language_and_in_no_other(text, code):
    assert language(text)[0] == code
    assert in_language(text, code) is True
    assert in_language(text, "ko") is False


def test_a_regional_code_is_its_language():
    assert in_language("Seu pacote saiu do armazém esta manhã.", "pt-BR") is True
    assert in_language("Pakken din ble sendt i dag tidlig fra lageret vårt.", "nb") is True


@pytest.mark.parametrize("text", ["", "ok", "billing", "12345 67", "https://example.com/a/very/long/address", "你好"])
def test_too_short_a_text_is_not_judged(text):
    assert in_language(text, "en") is None


def test_of_json_only_what_it_says_is_read():
    assert in_language('{"the label of the ticket": "billing", "reply": "Wir haben die Zahlung storniert."}', "de") is True


def test_no_letter_has_no_language():
    assert language("12 + 3 = 15!") == ("und", 0.0)


def test_an_unknown_code_is_refused_not_failed():
    assert {"en", "de", "zh", "no"} <= set(languages())
    with pytest.raises(InputError, match="'xx' is no language"):
        in_language("Hello, how are you today?", "xx")
