import pytest

from ftbench.quality.detect.unknown import says_unknown


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "The facts do not say when the store opens.",
        "The document does not say, though it is probably around 30 days.",  # a guess does not take it back
        '{"answer": "unknown"}',
        "N/A",
        "Das weiß ich leider nicht.",
        "Le texte ne précise pas la date.",
        "El documento no menciona el precio.",
    ],
)
def test_not_knowing_is_heard(text):
    assert says_unknown(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "As you know, returns are free.",
        "Do not hesitate to contact us.",
        "Let me know if you need anything.",
        "If you don't know your password, press Reset.",
        "Batteries are not included in the box.",
        "The unknown caller was the courier.",
        "The customer says he does not know the order number. He bought a lamp.",
    ],
)
def test_know_and_not_alone_are_an_answer(text):
    assert not says_unknown(text)
