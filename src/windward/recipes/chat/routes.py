"""Downloads: files and figures of a conversation, and the conversation itself; nothing else is ever served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, PlainTextResponse

from windward.recipes.chat.history import trajectory_line
from windward.recipes.chat.record import ConversationError
from windward.recipes.chat.store import Conversations

_CLOSED = "default-src 'none'; sandbox"


def add_routes(app: FastAPI, store: Conversations) -> None:
    """Adds the routes of this file."""

    def served(find: Callable[[], Path], **headers: str) -> Response:
        try:
            return FileResponse(find(), headers={"content-security-policy": _CLOSED, **headers})
        except ConversationError as error:
            return PlainTextResponse(str(error), 404)

    @app.get("/files/{id}/{path:path}", response_model=None)
    async def file(id: str, path: str) -> Response:
        return served(
            lambda: store.get(id).folder.saved_file(path),
            **{
                "content-type": "application/octet-stream",
                "content-disposition": f"attachment; filename*=utf-8''{quote(path.rsplit('/', 1)[-1], safe='')}",
                "cache-control": "no-store",
            },
        )

    @app.get("/figures/{id}/{name}", response_model=None)
    async def figure(id: str, name: str) -> Response:
        return served(
            lambda: store.get(id).folder.figure(name),
            **{"content-type": "image/png", "cache-control": "private, max-age=3600"},
        )

    @app.get("/export/{id}", response_model=None)
    async def export(id: str) -> Response:
        try:
            conversation = store.get(id)
        except ConversationError as error:
            return PlainTextResponse(str(error), 404)
        return Response(
            trajectory_line(conversation.head, conversation.entries),
            media_type="application/jsonl",
            headers={"content-disposition": f'attachment; filename="{conversation.id}.jsonl"'},
        )
