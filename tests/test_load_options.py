"""Options that several commands share: each stands in every command's help, and its value arrives under its name."""

from typing import Annotated

import typer
from typer.testing import CliRunner

from ftbench.load_options import takes


class Colour:
    colour: Annotated[str, typer.Option(help="needed")]
    shade: Annotated[list[str], typer.Option(help="many")] = []


class Size:
    size: Annotated[float, typer.Option(help="how large")] = 1.5


def run(*words):
    app, seen = typer.Typer(pretty_exceptions_enable=False), []

    @app.command()
    @takes(Colour, Size)
    def paint(given: dict, wall: Annotated[str, typer.Option("--wall")], twice: Annotated[bool, typer.Option("--twice")] = False) -> None:
        """Paint it."""
        seen.append((given, wall, twice))

    result = CliRunner().invoke(app, list(words))
    return result, seen


def test_shared_values_come_as_one_dict_and_a_commands_own_by_name():
    result, seen = run("--colour", "red", "--shade", "a", "--shade", "b", "--wall", "north")
    assert result.exit_code == 0, result.output
    assert seen == [({"colour": "red", "shade": ["a", "b"], "size": 1.5}, "north", False)]


def test_a_shared_option_without_a_default_is_required_and_another_is_not():
    assert run("--wall", "north")[0].exit_code == 2
    assert run("--colour", "red", "--wall", "north", "--size", "2", "--twice")[1] == [
        ({"colour": "red", "shade": [], "size": 2.0}, "north", True)
    ]


def test_help_shows_both_kinds_and_the_commands_own_words():
    text = run("--help")[0].output
    assert all(word in text for word in ("Paint it.", "--colour", "how large", "--wall", "--twice"))
