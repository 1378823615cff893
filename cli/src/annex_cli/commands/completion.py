"""`annex completion`: the script that completes annex in a shell."""

import click

from annex_cli.options import global_flags
from annex_cli.program import begin

_SHELLS = ("bash", "zsh", "fish", "powershell")


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@global_flags
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script that completes annex in a shell.

    Add one line to the file your shell reads:

    \b
    bash        ~/.bashrc     source <(annex completion bash)
    zsh         ~/.zshrc      source <(annex completion zsh)
    fish        once          annex completion fish > ~/.config/fish/completions/annex.fish
    powershell  $PROFILE      annex completion powershell | Out-String | Invoke-Expression

    Names of extensions, versions and logins are asked for while you type, for 0.3 s at most; without an
    answer there are none.

    Exit codes: 0 printed.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    # Both read every command, of which this one is one.
    from annex_cli.completion_scripts import SCRIPTS  # noqa: PLC0415
    from annex_cli.word_lists import nodes  # noqa: PLC0415

    script = SCRIPTS[shell](tuple(nodes()))
    session.show({"shell": shell, "script": script}, script.rstrip("\n"))
