"""The conversation in a terminal: text as it is written, code and what it showed as blocks, files by command."""

from __future__ import annotations

import asyncio
import inspect
import shlex
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text as Styled

from windward.agents import Step
from windward.recipes.chat.answering import Acted, Event, Running, Text
from windward.recipes.chat.control import changed, shown
from windward.recipes.chat.conversation import Conversation
from windward.recipes.chat.history import trajectory_line
from windward.recipes.chat.names import free_name, plain_name
from windward.recipes.chat.record import ConversationError, Did, Given, Noted, Over, Said
from windward.recipes.chat.store import Conversations
from windward.recipes.chat.writing import Writing, prose
from windward.reports.markup import visible

HELP = """\
  /upload FILE          give a file to the agent
  /files                the files of this conversation
  /download NAME [TO]   copy one of them here
  /new                  begin another conversation
  /history              the conversations so far
  /open ID              go on with one of them (the beginning of its id is enough)
  /go                   let the agent go on with an answer that was cut short
  /control NAME=LEVEL   ask for a level from now on (NAME=free: no more); alone, say which are asked for
  /good, /bad           note how it went, for the export
  /export FILE          add this conversation to FILE as a trajectory (one JSON line)
  /help, /quit
  Ctrl-C stops an answer; where none is under way it leaves, and so does Ctrl-D."""
_MOST_LINES = 40
_ENDED = {
    "turns": "It used all its turns; /go lets it go on.",
    "seconds": "It used all its time; /go lets it go on.",
    "tokens": "It used all its tokens; /go lets it go on.",
    "dollars": "It used all its money; /go lets it go on.",
    "context": "The conversation no longer fits the model's context; /new begins another.",
    "stopped": "Stopped; the conversation goes on.",
}

Read = Callable[[str], str | None]
"""Asks for a line with a prompt; None at the end of input."""


class Terminal:
    """Talks until the user leaves.

    Args:
        store: the conversations; closed at the end.
        read: where lines come from.
        console: where all goes.
    """

    def __init__(self, store: Conversations, read: Read, console: Console) -> None:
        self._store, self._read, self._console = store, read, console
        self._conversation: Conversation | None = None
        self._writing = Writing()
        self._levels: dict[str, float] = {}

    def run(self) -> None:
        """Reads lines and answers them."""
        self._say(f"{self._store.model} · /help for help · conversations in {self._store.home}", "dim")
        with asyncio.Runner() as runner:
            try:
                while (line := self._line()) is not None:
                    try:
                        if line.startswith("/"):
                            if not runner.run(self._command(line)):
                                break
                        elif line.strip():
                            runner.run(self._answer(line))
                    except (ConversationError, OSError) as error:
                        self._say(f"error: {error}", "red")
            except KeyboardInterrupt:
                self._say("")
            finally:
                runner.run(self._store.aclose())

    def _line(self) -> str | None:
        try:
            return self._read("you> ")
        except KeyboardInterrupt:
            return None

    # -- an answer -------------------------------------------------------------------------------------

    async def _answer(self, text: str | None) -> None:
        """Answers the user's words, or goes on with the last answer."""
        conversation = self._here()
        if text is None:
            conversation.go_on()
        else:
            conversation.say(text, self._levels)
        await self._watch(conversation)

    async def _watch(self, conversation: Conversation) -> None:
        before = len(conversation.entries)
        self._writing = Writing()
        try:
            async for event in conversation.events():
                self._draw(event, conversation)
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None:
                task.uncancel()  # Ctrl-C was for the answer
            await conversation.stop()
        self._end_line()
        for entry in conversation.entries[before:]:
            if isinstance(entry, Noted | Over):
                self._tell(entry)

    def _draw(self, event: Event, conversation: Conversation) -> None:
        if isinstance(event, Text):
            self._piece(self._writing.add(event.piece))
        elif isinstance(event, Running):
            self._end_line()
            if self._writing.tagged:
                self._code(event.code)
        elif isinstance(event, Acted):
            self._piece(self._writing.rest())
            self._end_line()
            self._outcome(event.step)
            for entry in conversation.entries:
                if isinstance(entry, Did) and entry.step is event.step:
                    self._figures(conversation, entry)
            self._writing = Writing()

    def _outcome(self, step: Step) -> None:
        if step.kind not in ("code", "call"):
            return
        lines = visible(step.observation).split("\n")
        if len(lines) > _MOST_LINES:
            half = _MOST_LINES // 2
            lines = [*lines[:half], f"… {len(lines) - 2 * half} lines are not shown …", *lines[-half:]]
        failed = not step.executed
        self._say("\n".join(f"  {line}" for line in lines), "red" if failed else "cyan")

    def _figures(self, conversation: Conversation, did: Did) -> None:
        for kept in did.figures:
            self._say(f"  figure: {conversation.folder.figure(kept)}", "bold cyan")

    def _tell(self, entry: Noted | Over) -> None:
        if isinstance(entry, Noted):
            self._say(f"({entry.text})", "yellow")
        elif entry.reason == "failed":
            self._say(f"error: {entry.error}\n/go tries again.", "red")
        elif entry.reason in _ENDED:
            self._say(" ".join(filter(None, (_ENDED[entry.reason], entry.error))), "yellow")

    # -- commands --------------------------------------------------------------------------------------

    async def _command(self, line: str) -> bool:
        """Does what a line with a slash asks for; False leaves."""
        try:
            name, *arguments = shlex.split(line)
        except ValueError as error:
            raise ConversationError(f"the line cannot be read: {error}; see /help") from error
        do = getattr(self, f"_do_{name[1:]}", None) if name[1:].isalpha() else None
        if name == "/quit":
            return False
        if do is None:
            self._say(HELP if name == "/help" else f"no such command: {name}\n{HELP}")
            return True
        try:
            inspect.signature(do).bind(*arguments)
        except TypeError as error:
            raise ConversationError(f"{name}: {error}; see /help") from error
        await do(*arguments)
        return True

    async def _do_upload(self, path: str) -> None:
        data = await asyncio.to_thread(Path(path).expanduser().read_bytes)
        name = await self._here().give(Path(path).name, data)
        self._say(f"given as {name} ({len(data):,} bytes)", "green")

    async def _do_files(self) -> None:
        saved = self._here().folder.saved()
        self._say("\n".join(f"{size:>12,}  {path}" for path, size in saved.items()) or "no files yet")

    async def _do_download(self, name: str, to: str = "") -> None:
        source = self._here().folder.saved_file(name)
        target = Path(to).expanduser() if to else Path.cwd()
        if target.is_dir():
            target /= free_name(plain_name(name), {path.name for path in target.iterdir()})
        if target.exists():
            raise ConversationError(f"{target} is there already: say another name")
        target.write_bytes(source.read_bytes())
        self._say(f"written to {target}", "green")

    async def _do_new(self) -> None:
        self._conversation = None
        self._say("a new conversation", "green")

    async def _do_history(self) -> None:
        for one in self._store.listed():
            mark = "*" if self._conversation is not None and one.id == self._conversation.id else " "
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.changed))
            self._say(f"{mark} {one.id}  {when}  {one.title}", "red" if one.problem else "")
            if one.problem:
                self._say(f"    {one.problem}", "red")

    async def _do_open(self, id: str) -> None:
        found = [one.id for one in self._store.listed() if one.id.startswith(id)]
        if len(found) > 1:
            raise ConversationError(f"{len(found)} conversations begin with {id}: give more of the id")
        self._conversation = self._store.get(found[0] if found else id)
        self._recall(self._conversation)

    async def _do_go(self) -> None:
        await self._answer(None)

    async def _do_control(self, *said: str) -> None:
        control = self._store.config.control
        self._levels = changed(control, self._levels, said)
        if control is not None:
            self._say(shown(control, self._levels), "green")

    async def _do_good(self) -> None:
        self._here().judge(True)
        self._say("noted", "green")

    async def _do_bad(self) -> None:
        self._here().judge(False)
        self._say("noted", "green")

    async def _do_export(self, path: str) -> None:
        conversation = self._here()
        with Path(path).expanduser().open("a", encoding="utf-8") as file:
            file.write(trajectory_line(conversation.head, conversation.entries))
        self._say(f"added to {path}", "green")

    async def _do_stop(self) -> None:
        self._say("nothing is under way; Ctrl-C stops an answer")

    # -- drawing ---------------------------------------------------------------------------------------

    def _here(self) -> Conversation:
        if self._conversation is None:
            self._conversation = self._store.new()
        return self._conversation

    def _recall(self, conversation: Conversation) -> None:
        """Shows what was said and done so far."""
        for entry in conversation.entries:
            if isinstance(entry, Said):
                self._say(f"you> {f'{entry.asked} ' if entry.asked else ''}{entry.text}", "bold")
            elif isinstance(entry, Given):
                self._say(f"you gave {entry.name}", "bold")
            elif isinstance(entry, Did):
                acted = entry.step.kind in ("code", "call")
                self._say(prose(entry.step.reply, acted=acted))
                if acted:
                    self._code(entry.step.action)
                self._outcome(entry.step)
                self._figures(conversation, entry)
            elif isinstance(entry, Noted | Over):
                self._tell(entry)

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(Styled(visible(text), style), soft_wrap=True)

    def _piece(self, text: str) -> None:
        if text:
            self._console.print(Styled(visible(text)), end="", soft_wrap=True)

    def _end_line(self) -> None:
        if self._writing.open_line:
            self._console.print()
            self._writing.open_line = False

    def _code(self, code: str) -> None:
        shown = Syntax(visible(code), "python", theme="ansi_dark", background_color="default", word_wrap=True)
        self._console.print(Styled("┌ Python", "dim"))
        self._console.print(shown)
        self._console.print(Styled("└", "dim"))
