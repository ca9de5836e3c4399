"""The page: a conversation, its files, and the list of all of them. The only file that imports gradio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported: nothing is sent anywhere
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from windward.recipes.errors import RecipeError

try:
    import gradio as gr
    import uvicorn
    from fastapi import FastAPI
except ImportError as error:
    raise RecipeError(
        f"the page of `windward chat` needs gradio ({error}): pip install 'windward[chat]', or talk in the terminal: "
        "windward chat --terminal"
    ) from error

from windward.recipes.chat import page
from windward.recipes.chat.conversation import Conversation
from windward.recipes.chat.guard import Guard
from windward.recipes.chat.markup import link, one_line
from windward.recipes.chat.record import ConversationError, Judged
from windward.recipes.chat.routes import add_routes
from windward.recipes.chat.store import Conversations
from windward.reports.markup import Html, tag

_STYLE = Path(__file__).with_name("chat.css")
_SCRIPT = Path(__file__).with_name("chat.js")
_TICK_SECONDS = 0.1
_MODEL_CHARS = 60
_VERDICTS = {"It worked": True, "It did not": False}
_GREETING = "### Ask for something that Python can do\nGive a file, and say what you want to know of it."
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
_MONO = ["ui-monospace", "SF Mono", "Cascadia Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]


def make_app(store: Conversations, token: str | None = None) -> Guard:
    """The whole server as an ASGI app: the page, its downloads, and the guard before both.

    Args:
        store: the conversations; closed when the app shuts down.
        token: asked for with every request; None for a server on loopback.
    """
    uploads = tempfile.TemporaryDirectory(prefix="windward-chat-")
    os.environ["GRADIO_TEMP_DIR"] = uploads.name

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with uploads:
            yield
            await store.aclose()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app, store)
    blocks = _blocks(store)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        footer_links=[],
        allowed_paths=[],
        blocked_paths=[str(store.home.resolve())],
        show_error=False,
        max_file_size=store.config.upload_mb * 1024 * 1024,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Soft(primary_hue="blue", neutral_hue="slate", font=_FONTS, font_mono=_MONO),
        css=_STYLE.read_text(encoding="utf-8"),
        head=f"<script>{_SCRIPT.read_text(encoding='utf-8')}</script>",
    )
    # Of a page that is mounted, not launched, gradio 6.31 does not check that the paths of uploads lie in its cache: a
    # request could name any file of this machine (`processing_utils._check_allowed`).
    blocks.has_launched = blocks.is_running = True
    return Guard(app, token)


def serve(store: Conversations, *, host: str, port: int, token: str | None = None) -> None:
    """Serves the page until it is interrupted."""
    config = uvicorn.Config(
        make_app(store, token),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run()


def _blocks(store: Conversations) -> gr.Blocks:
    """The page and what its parts do."""
    hidden: dict[str, Any] = {
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_limit": None,
    }
    with gr.Blocks(title="Windward", analytics_enabled=False, fill_height=True) as blocks:
        current = gr.State(None)
        with gr.Sidebar(elem_id="ww-side", width=300):
            _markup(link("./", "+ New conversation"), elem_classes="ww-new")
            _markup(tag("h2", "Files"))
            files = _markup(elem_classes="ww-rows", elem_id="ww-files")
            sliders = _sliders(store)
            _markup(tag("h2", "This conversation"))
            verdict = gr.Radio(
                list(_VERDICTS), label="Did it come to a good end?", container=False, elem_id="ww-verdict"
            )
            export = _markup(elem_classes="ww-rows")
            _markup(tag("h2", "All conversations"))
            listed = _markup(elem_classes="ww-rows", elem_id="ww-list")
        _markup(_header(store))
        talk = gr.Chatbot(
            elem_id="ww-talk",
            show_label=False,
            container=False,
            scale=1,
            height="100%",
            min_height=200,
            sanitize_html=True,
            render_markdown=True,
            latex_delimiters=[],
            feedback_options=None,
            buttons=[],
            layout="bubble",
            group_consecutive_messages=False,
            placeholder=_GREETING,
        )
        notice = _markup(elem_id="ww-notice")
        go_on = gr.Button("Go on", visible=False, size="sm", elem_id="ww-go-on")
        box = gr.MultimodalTextbox(
            elem_id="ww-box",
            show_label=False,
            placeholder="Write a message, or drop a file…",
            file_count="multiple",
            sources=["upload"],
            lines=1,
            max_lines=8,
            autofocus=True,
            max_plain_text_length=100_000,
        )
        outputs = [talk, files, export, verdict, notice, go_on, box, current, listed]

        def shown(
            conversation: Conversation | None, problem: str = "", *, turn: bool = True, clear: bool = False
        ) -> list[Any]:
            """All of the page; the box and the list only where the turn changes."""
            if conversation is None:
                rest = [gr.update(visible=False), _box(False, clear), None, _list(store, None)]
                return [[], one_line(page.files(None, {})), "", None, _notice(problem), *rest]
            return [
                [{"role": role, "content": one_line(html)} for role, html in page.bubbles(conversation)],
                one_line(page.files(conversation.id, conversation.folder.saved())),
                one_line(page.export(conversation.id)),
                _verdict(conversation),
                _notice(problem),
                gr.update(visible=conversation.can_go_on),
                _box(conversation.busy, clear) if turn else gr.skip(),
                conversation.id,
                _list(store, conversation.id) if turn else gr.skip(),
            ]

        async def watched(conversation: Conversation, *, clear: bool = False) -> AsyncIterator[list[Any]]:
            """The page while the agent is at work, and when it is done; who leaves the page stops nothing."""
            yield shown(conversation, clear=clear)
            before = None
            while conversation.busy:
                now = (conversation.draft, len(conversation.entries))
                if now != before:
                    yield shown(conversation, turn=False)
                before = now
                await asyncio.sleep(_TICK_SECONDS)
            yield shown(conversation)

        async def load(request: gr.Request) -> AsyncIterator[list[Any]]:
            wanted = request.query_params.get("conversation")
            try:
                conversation = store.get(wanted) if wanted else None
            except ConversationError as error:
                yield shown(None, str(error))
                return
            if conversation is None:
                yield shown(None)
                return
            async for state in watched(conversation):
                yield state

        async def send(message: dict[str, Any], id: str | None, *asked: Any) -> AsyncIterator[list[Any]]:
            conversation = None
            try:
                conversation = store.get(id) if id else store.new()
                conversation.require_free()
                for path in message.get("files") or []:
                    await _give(conversation, Path(path))
                if (message.get("text") or "").strip():
                    conversation.say(message["text"], _levels(store, asked))
            except ConversationError as error:
                yield shown(conversation, str(error))
                return
            async for state in watched(conversation, clear=True):
                yield state

        async def resume(id: str | None) -> AsyncIterator[list[Any]]:
            conversation = store.get(id) if id else None
            if conversation is None:
                return
            try:
                conversation.go_on()
            except ConversationError as error:
                yield shown(conversation, str(error))
                return
            async for state in watched(conversation):
                yield state

        async def stop(id: str | None) -> None:
            if id:
                await store.get(id).stop()

        async def judge(choice: str | None, id: str | None) -> None:
            if id and choice in _VERDICTS:
                store.get(id).judge(_VERDICTS[choice])

        blocks.load(load, None, outputs, **hidden)
        box.submit(send, [box, current, *sliders], outputs, **hidden)
        go_on.click(resume, [current], outputs, **hidden)
        box.stop(stop, [current], None, queue=False, **hidden)
        verdict.input(judge, [verdict, current], None, queue=False, **hidden)
    return blocks


def _sliders(store: Conversations) -> list[Any]:
    """For each level that can be asked for: whether it is, and which."""
    control = store.config.control
    if control is None:
        return []
    _markup(tag("h2", "Ask for"))
    parts: list[Any] = []
    for name, scale in control.scales.items():
        parts.append(gr.Checkbox(False, label=name, container=False, elem_id=f"ww-ask-{name}"))
        parts.append(
            gr.Slider(
                scale.low,
                scale.high,
                scale.high,
                step=scale.step,
                label=f"{name}: level",
                buttons=[],
                elem_id=f"ww-level-{name}",
            )
        )
    return parts


def _levels(store: Conversations, asked: Sequence[Any]) -> dict[str, float]:
    """What the sliders say, by objective; what is not asked for is left out."""
    control = store.config.control
    if control is None:
        return {}
    chosen = zip(control.scales, asked[::2], asked[1::2], strict=True)
    return {name: level for name, wanted, level in chosen if wanted}


def _markup(html: Html | None = None, **where: str) -> Any:
    """A place for our own HTML. gr.HTML would do, but compiles a template in the page, which our policy forbids."""
    return gr.Markdown(
        one_line(html or Html("")), sanitize_html=True, container=False, latex_delimiters=[], **where
    )


async def _give(conversation: Conversation, path: Path) -> None:
    """Takes an upload out of gradio's cache; the path is the browser's word."""
    if not path.resolve().is_relative_to(Path(os.environ["GRADIO_TEMP_DIR"]).resolve()):
        raise ConversationError("this is not an upload")
    try:
        data = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise ConversationError(f"an upload was lost on its way: {error.strerror}") from error
    await conversation.give(path.name, data)
    path.unlink(missing_ok=True)


def _header(store: Conversations) -> Html:
    name = store.model if len(store.model) <= _MODEL_CHARS else f"{store.model[:_MODEL_CHARS]}…"
    return tag("header", tag("h1", "Windward"), tag("span", name, title=store.model), class_="ww-header")


def _notice(problem: str) -> Html:
    return tag("p", problem, class_="ww-note ww-wrong", role="alert") if problem else Html("")


def _box(busy: bool, clear: bool) -> Any:
    return gr.MultimodalTextbox(submit_btn=not busy, stop_btn=busy, **({"value": None} if clear else {}))


def _list(store: Conversations, id: str | None) -> str:
    return one_line(page.sidebar(store.listed(), id))


def _verdict(conversation: Conversation) -> str | None:
    judged = [entry.success for entry in conversation.entries if isinstance(entry, Judged)]
    return next((label for label, success in _VERDICTS.items() if judged and judged[-1] is success), None)
