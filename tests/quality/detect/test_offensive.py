import pytest

from ftbench.quality.detect.offensive import offensive


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("You are an idiot.", "idiot"),
        ("IDIOTS!", "idiots"),
        ("Sh1t happens", "shit"),
        ("You b!tch.", "bitch"),
        ("f*ck off", "fuck*"),
        ("f u c k you", "fuck*"),
        ("F.U.C.K.", "fuck*"),
        ("fuuuck", "fuck*"),
        ("you  are\nstupid", "you are stupid"),
        ("You ѕhithead", "shithead*"),  # a Cyrillic s
        ("i\u200bdiot", "idiot"),
        ("Du bist ein Arschloch", "arschloch"),
        ("cabrón", "cabron"),
    ],
)
def test_a_bad_word_is_found_in_disguise(text, word):
    assert offensive(text) == [word]


@pytest.mark.parametrize(
    "text",
    [
        "Scunthorpe is a town in Lincolnshire.",
        "The classical analyst passed the assessment.",
        "A chink in the armour of Moby Dick.",
        "I paid 455 for 5kg, a 50% discount!",
        "Use f*.txt and *note* as patterns; te*t matches text.",
        "A b c d e f g is how the alphabet song begins.",
        "",
    ],
)
def test_an_innocent_text_is_not_accused(text):
    assert offensive(text) == []


def test_each_word_once_in_order_and_own_words_too():
    assert offensive("Moron! Idiot! moron!") == ["idiot", "moron"]
    assert offensive("That Gadgets4U rubbish", extra=["gadgets4u", "rubb*", "absent", " "]) == ["gadgets4u", "rubb*"]
