"""Encryption to a recipient's age key, opened again with it and with nothing else."""

from __future__ import annotations

import tarfile
from io import BytesIO
from pathlib import Path

import pyrage
import pytest

from sharewell.publication import decrypt, encrypt_directory, generate_identity

HULL, LSE, STRANGER = generate_identity(), generate_identity(), generate_identity()


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    directory = tmp_path / "extract"
    (directory / "deep").mkdir(parents=True)
    (directory / "b.csv").write_bytes(b"month,count\n2019-04,3\n" * 10_000)
    (directory / "README.txt").write_text("Unsuppressed.")
    (directory / "deep" / "a.csv").write_bytes(bytes(range(256)))
    return directory


def test_each_recipient_opens_it_and_nobody_else(extract: Path, tmp_path: Path) -> None:
    sealed = encrypt_directory(extract, [HULL.recipient, LSE.recipient], tmp_path / "x.tar.age")
    assert sealed.read_bytes().startswith(b"age-encryption.org/v1")
    assert b"2019-04" not in sealed.read_bytes()
    for number, identity in enumerate((HULL, LSE)):
        out = tmp_path / f"out{number}"
        opened = decrypt(sealed, identity.secret, out)
        assert [path.relative_to(out).as_posix() for path in opened] == [
            "README.txt",
            "b.csv",
            "deep/a.csv",
        ]
        for path in opened:
            assert path.read_bytes() == (extract / path.relative_to(out)).read_bytes()
    with pytest.raises(ValueError, match=r"x\.tar\.age does not open with this key"):
        decrypt(sealed, STRANGER.secret, tmp_path / "no")


def test_the_tar_inside_depends_on_names_and_contents_only(extract: Path, tmp_path: Path) -> None:
    def inside(name: str) -> bytes:
        sealed = encrypt_directory(extract, [HULL.recipient], tmp_path / name)
        return bytes(
            pyrage.decrypt(sealed.read_bytes(), [pyrage.x25519.Identity.from_str(HULL.secret)])
        )

    first = inside("1.age")
    (extract / "b.csv").touch()
    (extract / "b.csv").chmod(0o644)
    assert inside("2.age") == first
    with tarfile.open(fileobj=BytesIO(first)) as tar:
        assert {(entry.mtime, entry.uid, entry.uname) for entry in tar} == {(0, 0, "")}


def test_a_damaged_file_is_not_opened(extract: Path, tmp_path: Path) -> None:
    sealed = encrypt_directory(extract, [HULL.recipient], tmp_path / "x.age")
    content = bytearray(sealed.read_bytes())
    content[-100] ^= 1
    sealed.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        decrypt(sealed, HULL.secret, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    "key",
    ["", "age1", "ssh-rsa AAAA", HULL.recipient[:-1], "age1" + "q" * 58],
    ids=["empty", "short", "another-kind", "cut", "no-checksum"],
)
def test_a_bad_key_is_named(extract: Path, tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="is no age public key") as error:
        encrypt_directory(extract, [HULL.recipient, key], tmp_path / "x.age")
    assert f"'{key}'" in str(error.value)
    assert not list(tmp_path.glob("x.age*"))


def test_a_secret_key_is_refused_and_not_repeated(extract: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="secret key was given") as error:
        encrypt_directory(extract, [HULL.secret], tmp_path / "x.age")
    assert HULL.secret not in str(error.value)
    assert HULL.secret not in repr(HULL)
    with pytest.raises(ValueError, match="no age secret key"):
        decrypt(extract / "b.csv", HULL.recipient, tmp_path / "out")


def test_nothing_and_nobody_are_refused(extract: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Nobody to encrypt to"):
        encrypt_directory(extract, [], tmp_path / "x.age")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="has no files"):
        encrypt_directory(tmp_path / "empty", [HULL.recipient], tmp_path / "x.age")


def test_a_failure_leaves_no_half_file(
    extract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(reader: object, writer: BytesIO, recipients: object) -> None:
        writer.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(pyrage, "encrypt_io", fail)
    with pytest.raises(OSError, match="disk full"):
        encrypt_directory(extract, [HULL.recipient], tmp_path / "x.age")
    assert not list(tmp_path.glob("x.age*"))
