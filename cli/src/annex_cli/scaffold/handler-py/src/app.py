"""What the platform calls for every request that the manifest lets through."""

import json
from typing import Any

import wit_world
from componentize_py_types import Err
from notes import NoteRefused, add_note, list_notes
from wit_world.imports import logging, storage_v2
from wit_world.imports.types import ExecuteRequest, ExecuteResponse, HttpHeader


class Storage:
    """The extension's storage, as notes.py asks for it."""

    def put_new(self, namespace: str, key: str, value: bytes) -> None:
        write = storage_v2.Write(key, value, None, None, storage_v2.Condition_Absent())
        try:
            storage_v2.put(namespace, write)
        except Err as refused:
            raise RuntimeError(f"storage refused: {refused.value}") from refused

    def items(self, namespace: str) -> list[tuple[str, bytes]]:
        page = storage_v2.list_items(namespace, storage_v2.KeyPage(None, None, 100, include_values=True))
        return [(item.key, item.value) for item in page.items]


class WitWorld(wit_world.WitWorld):
    """What the component exports."""

    def handler(self, request: ExecuteRequest) -> ExecuteResponse:
        path = request.http.url.partition("?")[0]
        match request.http.method, path:
            case "GET", "/notes":
                return _answer(200, {"notes": list_notes(Storage())})
            case "POST", "/notes":
                return _added(request.http.body)
        return _answer(404, {"message": f"Nothing answers {request.http.method} {path}."})


def _added(body: bytes | None) -> ExecuteResponse:
    try:
        note = add_note(Storage(), json.loads(body or b"null"))
    except (NoteRefused, ValueError) as error:
        return _answer(422, {"message": str(error)})
    logging.log_info(f"note {note['id']} was added")
    return _answer(201, note)


def _answer(status: int, document: Any) -> ExecuteResponse:
    headers = [HttpHeader("content-type", "application/json; charset=utf-8")]
    return ExecuteResponse(status, headers, json.dumps(document, ensure_ascii=False).encode())
