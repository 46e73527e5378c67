from datetime import date

import pytest
import yaml

from ftbench.cost.add_profile import add_profile
from ftbench.cost.profile_table import as_yaml, check_rows, list_rows, origin, show_json
from ftbench.cost.profiles import known_profiles, load_profile, profile_ids, shipped_profiles
from ftbench.cost.user_profiles import user_profile_file, user_profiles_folder
from ftbench.errors import InputError
from ftbench.spec import Profile

TODAY = date(2026, 11, 28)
MINE = """# our rack
id: {id}
name: Our card
kind: gpu
memory_gb: 48
instance: rack 3
devices_per_instance: 4
spec_source: data sheet
prices:
  - {{per_hour: {price}, kind: owned, retrieved: {day}, source: our bookkeeping}}
"""


def write(tmp_path, *, id="our-rack", price=2.0, day="2026-11-01", extra=""):
    file = tmp_path / "profile.yaml"
    file.write_text(MINE.format(id=id, price=price, day=day) + extra)
    return file


def test_added_profile_is_found_by_id_from_any_folder_with_its_comments(tmp_path):
    added = add_profile(write(tmp_path), TODAY)
    assert added.file == user_profiles_folder() / "our-rack.yaml" and added.notes == []
    assert added.file.read_text().startswith("# our rack")
    assert load_profile("our-rack").prices[0].per_hour == 2.0
    assert "our-rack" in profile_ids() and origin("our-rack") == "yours"
    assert {row["id"]: row["origin"] for row in list_rows(TODAY)}["our-rack"] == "yours"
    assert "our-rack" in dict(check_rows(TODAY))


def test_taken_id_is_not_overwritten_by_chance(tmp_path):
    add_profile(write(tmp_path), TODAY)
    with pytest.raises(InputError, match="our-rack is yours already.*--replace"):
        add_profile(write(tmp_path, price=3.0), TODAY)
    assert load_profile("our-rack").prices[0].per_hour == 2.0
    add_profile(write(tmp_path, price=3.0), TODAY, replace=True)
    assert load_profile("our-rack").prices[0].per_hour == 3.0


def test_own_profile_may_stand_for_a_shipped_one_if_asked(tmp_path):
    with pytest.raises(InputError, match="l4 is one of the shipped profiles"):
        add_profile(write(tmp_path, id="l4"), TODAY)
    add_profile(write(tmp_path, id="l4"), TODAY, replace=True)
    assert load_profile("l4").name == "Our card" and origin("l4") == "yours for shipped"
    assert next(p for p in known_profiles() if p.id == "l4").name == "Our card"
    assert next(p for p in shipped_profiles() if p.id == "l4").name == "NVIDIA L4"
    user_profile_file("l4").unlink()
    assert load_profile("l4").name == "NVIDIA L4"


@pytest.mark.parametrize("id", ["local", "rack.yaml"])
def test_id_that_could_never_be_looked_up_is_refused(tmp_path, id):
    with pytest.raises(InputError, match=rf"the id {id} "):
        add_profile(write(tmp_path, id=id), TODAY, replace=True)


def test_misspelt_key_is_refused_and_nothing_is_kept(tmp_path):
    with pytest.raises(InputError, match="Did you mean `bandwidth_gb_s`"):
        add_profile(write(tmp_path, extra="bandwith_gb_s: 300\n"), TODAY)
    assert not user_profiles_folder().exists()


def test_price_without_a_day_is_refused(tmp_path):
    with pytest.raises(InputError, match="retrieved"):
        add_profile(write(tmp_path, day="null"), TODAY)


def test_stale_price_is_added_with_a_warning(tmp_path):
    assert "stale" in add_profile(write(tmp_path, day="2025-01-01"), TODAY).notes[0]


def test_file_that_is_not_there_is_a_sentence_about_profiles_not_about_specs(tmp_path):
    with pytest.raises(InputError, match="is no file. Give a YAML file with one profile") as error:
        add_profile(tmp_path / "gone.yaml", TODAY)
    assert "init" not in str(error.value)
    with pytest.raises(InputError, match="is no file"):
        add_profile(tmp_path, TODAY)


def test_renamed_file_in_the_users_folder_does_not_answer_to_the_wrong_name(tmp_path):
    add_profile(write(tmp_path), TODAY)
    user_profile_file("our-rack").rename(user_profiles_folder() / "cheap.yaml")
    with pytest.raises(InputError, match="its id is our-rack"):
        load_profile("cheap")


def test_broken_file_of_the_user_does_not_take_the_shipped_ones_down(tmp_path):
    add_profile(write(tmp_path), TODAY)
    user_profile_file("our-rack").write_text("id: [")
    assert load_profile("h100-sxm").id == "h100-sxm"
    with pytest.raises(InputError, match="our-rack.yaml"):
        list_rows(TODAY)


def test_folder_that_cannot_be_written_says_how_to_move_it(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FTBENCH_DATA", str(tmp_path / "file"))
    with pytest.raises(InputError, match="Set FTBENCH_DATA"):
        add_profile(write(tmp_path), TODAY)


@pytest.mark.parametrize("name", profile_ids())
def test_shown_yaml_is_a_profile_file_again(name):
    """What a user writes a profile of their own from; a price without a day must keep saying so."""
    shown = load_profile(name)
    assert Profile.model_validate(yaml.safe_load(as_yaml(shown))) == shown


def test_shown_json_has_the_profile_and_its_doubts(tmp_path):
    shown = show_json(load_profile("l4"), TODAY)
    assert shown["memory_gb"] == 24 and shown["prices"][0]["retrieved"] is None and any("undated" in note for note in shown["check"])
