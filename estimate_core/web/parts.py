"""A file as an answer, whole or in the parts that Range asks for, whose refusals are told as all others are."""

from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from estimate_core.web.answers import refusal

_REFUSALS = {
    400: "The header Range cannot be read. Ask for bytes=0-99, for example, or leave it out to have the whole file.",
    416: "The file has no such part. Leave the header Range out to have the whole file.",
}


class FileAnswer(FileResponse):
    """A file; starlette itself would refuse a Range in plain text."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, its parts, or the refusal."""
        refused: list[Response] = []

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _REFUSALS:
                size = next((value for name, value in message["headers"] if name == b"content-range"), b"").decode()
                headers = {"Content-Range": size} if size else {}
                refused.append(refusal(_REFUSALS[message["status"]], message["status"], headers))
            if not refused:
                await send(message)

        await super().__call__(scope, receive, watched)
        for instead in refused:
            await instead(scope, receive, send)
