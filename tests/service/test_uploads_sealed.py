"""Files of records stand sealed on disk while they come in."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from sharewell.service.uploads import NoLongerThanAllowed, SealedUpload

SECRET = b"client_id,first_initial,birth_date\nP1,J,1980-02-01\n"


def received(path: str, pieces: list[bytes]) -> object:
    """A file that came in at an address, in pieces."""
    handler = NoLongerThanAllowed()
    handler.handle_raw_input(BytesIO(), {"PATH_INFO": path}, 100, b"")
    handler.new_file("files", "week.csv", "text/csv", None, None)
    for number, piece in enumerate(pieces):
        handler.receive_data_chunk(piece, number)
    return handler.file_complete(sum(map(len, pieces)))


@pytest.mark.parametrize(
    "path", ["/monitoring/HATCH01/uploads/send/", "/api/v1/monitoring/HATCH01/uploads"]
)
def test_records_are_sealed_on_their_way(path: str) -> None:
    pieces = [SECRET, b"x" * 70_000, b"", SECRET]
    file = received(path, pieces)
    assert isinstance(file, SealedUpload)
    on_disk = Path(file.temporary_file_path())
    file.file.flush()
    assert SECRET not in on_disk.read_bytes()
    assert b"1980-02-01" not in on_disk.read_bytes()
    for _ in range(2):  # a form reads, and then what takes the file
        assert b"".join(file.chunks()) == b"".join(pieces)
    assert file.size == sum(map(len, pieces))
    with pytest.raises(TypeError, match="chunks"):
        file.read()
    file.close()
    assert not on_disk.exists()


def test_the_same_content_is_never_the_same_on_disk() -> None:
    first, second = (received("/monitoring/A/uploads/send/", [SECRET, SECRET]) for _ in range(2))
    assert isinstance(first, SealedUpload)
    assert isinstance(second, SealedUpload)
    for each in (first, second):
        each.file.flush()
    one, other = (Path(each.temporary_file_path()).read_bytes() for each in (first, second))
    half = len(one) // 2
    assert len({one[:half], one[half:], other[:half], other[half:]}) == 4


def test_what_is_public_is_not_sealed() -> None:
    file = received("/register/take-in/", [b"edition"])
    assert not isinstance(file, SealedUpload)
