"""``python -m scripts.scale``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from scripts.errors import UserError
from scripts.scale import Inputs, changed, print_report, write_report

USER_ERROR = 2


def _settings(assignments: Iterable[str], file: Path | None) -> Iterable[tuple[str, object]]:
    if file is not None:
        try:
            yield from tomllib.loads(file.read_text()).items()
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UserError(f"{file} cannot be read as TOML ({error}): name another.") from error
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise UserError(f"--set {assignment} has no value: write --set {name}=1.")
        yield name.strip(), value.strip()


def main(
    assignments: Annotated[
        list[str] | None, typer.Option("--set", help="name=value of an input; repeatable.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--inputs", help="Inputs as TOML.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Put the tables into docs/.")] = False,
) -> None:
    """Print what the models would cost on Snowflake: a model on paper."""
    try:
        inputs = changed(Inputs(), _settings(assignments or (), file))
        print_report(inputs, Console(highlight=False))
        if write:
            write_report(inputs)
    except UserError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USER_ERROR) from error


if __name__ == "__main__":
    typer.run(main)
