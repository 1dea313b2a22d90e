"""Reading a form with a file (`multipart/form-data`, RFC 7578), as strictly as a JSON body is read.

    class HandIn(Body):
        type: str
        file: FileField

    asked, upload = parse_upload(request, HandIn)

The Struct's field `file` gets the name that the file came with; its content is in the `Upload`.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

import msgspec
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser
from django.utils.http import parse_header_parameters
from msgspec import Meta

from core.api.bodies import DuplicateField, InvalidField, check_text, convert_form
from core.api.errors import BodyTooLarge, UnsupportedMediaType
from core.errors import BadRequest

UPLOAD_BYTES_MAX: Final = 20 * 1024 * 1024 + 64 * 1024
"""Of the whole form: a file of 20 MiB, and what stands around it."""
MULTIPART: Final = "multipart/form-data"
FILE: Final = "file"

FileField = Annotated[
    str, Meta(description="The file, with its name.", extra_json_schema={"format": "binary"})
]

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived: nothing about its name or content has been believed yet."""

    file_name: str
    content: bytes


def is_multipart(request: HttpRequest) -> bool:
    """Whether the body says that it is a form with files."""
    content_type: str = request.META.get("CONTENT_TYPE", "")
    return content_type.partition(";")[0].strip().lower() == MULTIPART


def parse_upload(request: Any, kind: type[T]) -> tuple[T, Upload]:
    """Return a form as this Struct and its one file, or raise a BadRequest that names what is wrong with it.

    Raises UnsupportedMediaType and BodyTooLarge as well.
    """
    fields, files = _parts(getattr(request, "_request", request))
    given: dict[str, str] = {}
    for name, values in (*fields.items(), *((name, [file.name for file in found]) for name, found in files)):
        if len(values) > 1 or name in given:
            raise DuplicateField(f"The field {name} is given more than once.", details={"field": name})
        given[name] = values[0]
    if FILE in fields:
        raise InvalidField("The field file is not a file.", details={"field": FILE})
    typed = check_text({name: text for name, text in given.items() if name != FILE})
    asked = convert_form({**given, **typed}, kind)
    content = next(found[0].read() for name, found in files if name == FILE)
    return asked, Upload(file_name=given[FILE], content=content)


def upload_content(request: Any) -> Any:
    """Return what a form says, whatever its boundary: the same form sent again is the same content."""
    plain: HttpRequest = getattr(request, "_request", request)
    fields, files = _parts(plain)
    return [
        {name: list(values) for name, values in fields.items()},
        [
            [name, [[file.name, hashlib.sha256(file.read()).hexdigest()] for file in found]]
            for name, found in files
        ],
    ]


class _InMemory(MemoryFileUploadHandler):
    """Keeps each file in memory: the whole body is bounded already."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


def _parts(request: HttpRequest) -> tuple[dict[str, list[str]], list[tuple[str, list[Any]]]]:
    if not is_multipart(request):
        raise UnsupportedMediaType("The body must be a form with a file, sent as multipart/form-data.")
    raw = _read(request)
    content_type = request.META["CONTENT_TYPE"]
    boundary = parse_header_parameters(content_type)[1].get("boundary", "")
    if not boundary or f"--{boundary}--".encode("utf-8", "replace") not in raw:
        raise BadRequest("The form is cut short: its last boundary is missing.")
    meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(raw))}
    fields, files = MultiPartParser(meta, io.BytesIO(raw), [_InMemory()]).parse()
    return {name: list(values) for name, values in fields.lists()}, list(_listed(files))


def _listed(files: Any) -> Iterator[tuple[str, list[Any]]]:
    for name, found in files.lists():
        yield name, list(found)


def _read(request: HttpRequest) -> bytes:
    known: bytes | None = getattr(request, "_body", None)
    if known is None:
        # Django takes a body that came in chunks, without Content-Length, for an empty one.
        chunked = bool(request.META.get("HTTP_TRANSFER_ENCODING"))
        source: Any = request.environ["wsgi.input"] if chunked else request  # type: ignore[attr-defined]
        known = bytes(source.read(UPLOAD_BYTES_MAX + 1))
        request._body = known
    if len(known) > UPLOAD_BYTES_MAX:
        raise BodyTooLarge(details={"bytesMax": UPLOAD_BYTES_MAX})
    return known
