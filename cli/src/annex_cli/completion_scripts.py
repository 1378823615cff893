"""The scripts that complete `annex` in a shell: what is fixed stands in them, the rest is asked for."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import Final

from annex_cli.word_lists import Node, Value

_BASH: Final = r"""# annex completion for bash. Add to ~/.bashrc:  source <(annex completion bash)
_annex_complete() {
  local line="${COMP_LINE:0:COMP_POINT}" path="" prev="" word words="" asked="" files="" i
  local cur="${line##*[[:space:]]}"
  local -a typed
  read -r -a typed <<< "${line%"$cur"}"
  for ((i = 1; i < ${#typed[@]}; i++)); do
    word="${typed[i]}"
    case "${path:+$path }$word" in
@PATHS@
    esac
    prev="$word"
  done
  case "$path|$prev" in
@VALUES@
    *)
      case "$path|$cur" in
@FLAGS@
@WORDS@
      esac ;;
  esac
  [ -n "$asked" ] && words="$words $(annex complete-words "$asked" "$cur" 2>/dev/null)"
  # The shell breaks words at = : and @, and replaces only what stands behind the last of them.
  local kept="${cur%"${cur##*[=:@]}"}"
  COMPREPLY=()
  while IFS= read -r word; do
    [ -n "$word" ] && COMPREPLY+=("${word#"$kept"}")
  done < <(compgen -W "$words" -- "$cur")
  [ -n "$files" ] && compopt -o default 2>/dev/null
  return 0
}
complete -F _annex_complete annex
"""

_ZSH: Final = r"""#compdef annex
# annex completion for zsh. Add to ~/.zshrc, after compinit:  source <(annex completion zsh)
_annex() {
  local at="" prev="" word asked="" files="" cur="${words[CURRENT]}" i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    word="${words[i]}"
    case "${at:+$at }$word" in
@PATHS@
    esac
    prev="$word"
  done
  case "$at|$prev" in
@VALUES@
    *)
      case "$at|$cur" in
@FLAGS@
@WORDS@
      esac ;;
  esac
  [[ -n "$asked" ]] && found+=(${(f)"$(annex complete-words "$asked" "$cur" 2>/dev/null)"})
  (( ${#found} )) && _describe annex found
  [[ -n "$files" ]] && _files
  return 0
}
compdef _annex annex
"""

_FISH: Final = r"""# annex completion for fish. Write it to ~/.config/fish/completions/annex.fish:
#   annex completion fish > ~/.config/fish/completions/annex.fish
function __annex_path
  set -l path ''
  for word in (commandline -opc)[2..-1]
    switch (string trim -- "$path $word")
@PATHS@
    end
  end
  echo $path
end
function __annex_at
  test (__annex_path) = "$argv"
end
complete -c annex -f
@LINES@
"""

_POWERSHELL: Final = r"""# annex completion for PowerShell. Add to $PROFILE:
#   annex completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName annex -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $paths = @(@PATHS@)
  $words = @{
@WORDS@
  }
  $flags = @{
@FLAGS@
  }
  $values = @{
@VALUES@
  }
  $asked = @{
@ASKED@
  }
  $path = ''; $prev = ''
  foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
    if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete) { break }
    $word = $element.Extent.Text
    $longer = "$path $word".Trim()
    if ($paths -contains $longer) { $path = $longer }
    $prev = $word
  }
  $found = @()
  $place = "$path|$prev"
  if ($values.ContainsKey($place)) { $found = $values[$place] }
  elseif ($asked.ContainsKey($place)) {
    $found = annex complete-words $asked[$place] "$wordToComplete" 2>$null
  }
  elseif ($wordToComplete -like '-*') { $found = $flags[$path] }
  else {
    $found = $words[$path]
    if ($asked.ContainsKey($path)) { $found = annex complete-words $asked[$path] "$wordToComplete" 2>$null }
  }
  $found | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
"""


def _bash(nodes: Sequence[Node]) -> str:
    return _filled(
        _BASH,
        PATHS=_cases(f"{shlex.quote(node.path)}) path={shlex.quote(node.path)} ;;" for node in _named(nodes)),
        VALUES=_cases(
            f"{_place(node.path, flag)}) {_bash_value(value)} ;;"
            for node in nodes
            for flag, value in node.values
        ),
        FLAGS=_cases(
            f"{shlex.quote(node.path)}'|-'*) words={shlex.quote(' '.join(flag for flag, _ in node.flags))} ;;"
            for node in nodes
        ),
        WORDS=_cases(f"{shlex.quote(node.path)}'|'*) {_bash_value(_words(node))} ;;" for node in nodes),
    )


def _bash_value(value: Value) -> str:
    words = shlex.quote(" ".join(value.words))
    return f"words={words} asked={value.asked or ''} files={'1' if value.is_file else ''}"


def _zsh(nodes: Sequence[Node]) -> str:
    def described(pairs: Sequence[tuple[str, str]]) -> str:
        quoted = (shlex.quote(f"{word}:{meaning}" if meaning else word) for word, meaning in pairs)
        return f"found=({' '.join(quoted)})"

    def told(value: Value) -> str:
        words = described([(word, "") for word in value.words])
        return f"{words} asked={value.asked or ''} files={'1' if value.is_file else ''}"

    def below(node: Node) -> str:
        return described(node.below) if node.below else told(node.positional)

    return _filled(
        _ZSH,
        PATHS=_cases(f"{shlex.quote(node.path)}) at={shlex.quote(node.path)} ;;" for node in _named(nodes)),
        VALUES=_cases(
            f"{_place(node.path, flag)}) {told(value)} ;;" for node in nodes for flag, value in node.values
        ),
        FLAGS=_cases(f"{shlex.quote(node.path)}'|-'*) {described(node.flags)} ;;" for node in nodes),
        WORDS=_cases(f"{shlex.quote(node.path)}'|'*) {below(node)} ;;" for node in nodes),
    )


def _fish(nodes: Sequence[Node]) -> str:
    paths = _cases(
        f"case {shlex.quote(node.path)}; set path {shlex.quote(node.path)}" for node in _named(nodes)
    )
    return _filled(_FISH, PATHS=paths, LINES="\n".join(line for node in nodes for line in _fish_lines(node)))


def _fish_lines(node: Node) -> Iterator[str]:
    begin = f"complete -c annex -n {shlex.quote(f'__annex_at {node.path}'.strip())}"
    for word, meaning in node.below:
        yield f"{begin} -a {shlex.quote(word)} -d {_fish_quoted(meaning)}"
    if not node.below:
        yield from (f"{begin} {told}" for told in _fish_values(node.positional))
    values = dict(node.values)
    for flag, meaning in node.flags:
        name = f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
        told = f" -r {' '.join(_fish_values(values[flag]))}" if flag in values else ""
        yield f"{begin} {name}{told} -d {_fish_quoted(meaning)}"


def _fish_values(value: Value) -> Iterator[str]:
    if value.words:
        yield f"-a {shlex.quote(' '.join(value.words))}"
    if value.asked:
        yield f"-a '(annex complete-words {value.asked} (commandline -ct) 2>/dev/null)'"
    if value.is_file:
        yield "-F"


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _powershell(nodes: Sequence[Node]) -> str:
    def listed(words: Sequence[str]) -> str:
        return f"@({', '.join(_powershell_quoted(word) for word in words)})"

    asked = [
        f"{_powershell_quoted(node.path)} = '{node.positional.asked}'"
        for node in nodes
        if node.positional.asked and not node.below
    ]
    asked += [
        f"{_powershell_quoted(f'{node.path}|{flag}')} = '{value.asked}'"
        for node in nodes
        for flag, value in node.values
        if value.asked
    ]
    return _filled(
        _POWERSHELL,
        PATHS=", ".join(_powershell_quoted(node.path) for node in _named(nodes)),
        WORDS=_cases(f"{_powershell_quoted(node.path)} = {listed(_words(node).words)}" for node in nodes),
        FLAGS=_cases(
            f"{_powershell_quoted(node.path)} = {listed([flag for flag, _ in node.flags])}" for node in nodes
        ),
        VALUES=_cases(
            f"{_powershell_quoted(f'{node.path}|{flag}')} = {listed(value.words)}"
            for node in nodes
            for flag, value in node.values
            if value.words
        ),
        ASKED=_cases(asked),
    )


def _powershell_quoted(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _words(node: Node) -> Value:
    return Value(tuple(word for word, _ in node.below)) if node.below else node.positional


def _named(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if node.path]


def _place(path: str, flag: str) -> str:
    return shlex.quote(f"{path}|{flag}")


def _cases(lines: Iterator[str] | Sequence[str]) -> str:
    return "\n".join(f"      {line}" for line in lines)


def _filled(text: str, **parts: str) -> str:
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return text


SCRIPTS: Final = MappingProxyType[str, Callable[[Sequence[Node]], str]](
    {"bash": _bash, "zsh": _zsh, "fish": _fish, "powershell": _powershell}
)
