"""The commands in groups, as the help shows them, and what to say for the words of other tools."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

OTHER_WORDS = {
    "add": "index",
    "classification": "classify",
    "convert": "extract",
    "duplicates": "dedup",
    "encode": "embed",
    "find": "search",
    "fit": "train",
    "help": "--help",
    "keywords": "search",
    "list": "models",
    "pairs": "mine",
    "query": "search",
    "sample": "representatives",
    "score": "similarity",
    "semhash": "dedup",
    "server": "serve",
    "sort": "rank",
    "topics": "cluster",
    "why": "explain",
}
"""What people call a command, which is too unlike its name to be guessed from the letters."""


FORMER = {"--out": "--output", "--outdir": "--output", "--dim": "--width"}
"""Options that once had another name, which commands still take where they have no such option."""


class Command(TyperCommand):
    """A command that takes options by their former names, too; its errors name `--`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, with former names as those that took their place."""
        known = {name for parameter in self.params for name in parameter.opts}
        renamed = {old: new for old, new in FORMER.items() if old not in known and new in known}
        end = args.index("--") if "--" in args else len(args)
        options = [_renamed(argument, renamed) for argument in args[:end]]
        try:
            return super().parse_args(ctx, options + args[end:])
        except Exception as error:  # NoSuchOption, which is of another module in each typer
            arguments = any(parameter.param_type_name == "argument" for parameter in self.params)
            if arguments and not getattr(error, "possibilities", True):
                told: Any = error
                told.message += '; a text that begins with - goes after --, as in: -- "-word"'
            raise


def _renamed(argument: str, names: dict[str, str]) -> str:
    name, equals, value = argument.partition("=")
    return f"{names.get(name, name)}{equals}{value}"


class Commands(TyperGroup):
    """The application's commands."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands group by group."""
        groups: dict[str, list[tuple[str, str]]] = {}
        width = formatter.width - 6 - max(map(len, self.commands), default=0)
        for name, command in self.commands.items():
            group = str(getattr(command, "rich_help_panel", "Commands"))
            groups.setdefault(group, []).append((name, command.get_short_help_str(width)))
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl(rows, col_max=max(map(len, self.commands)))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of the first argument; else an error that names the likely one."""
        meant = OTHER_WORDS.get(args[0].lower())
        known = meant in self.commands or meant == "--help"
        if args[0] not in self.commands and meant and known:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {meant!r}?")
        return super().resolve_command(ctx, args)
