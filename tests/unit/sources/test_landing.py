"""The drop folder: what is a delivery, what is passed over with words, and what is refused."""

import datetime as dt
import gzip
import os
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from sources import source_file
from sources.errors import ArchiveError, DeliveryError, UnfinishedError
from sources.landing import candidates, passed_over, read_delivery
from sources.synthetic.deflate64 import write_zip
from tests.unit.sources.conftest import agency_of, contract_of, delivery_of

FOLDERS = agency_of(contract_of())
FILES = agency_of(contract_of(), delivery="file", ignored_files={"*.md": "notes"})


def names(agency, folder: Path) -> list[tuple[str, list[str]]]:
    return [(name, [p.name for p in paths]) for name, _, paths in candidates(agency, folder)]


def put(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(path.encode())


def test_a_folder_is_a_delivery_and_so_are_the_loose_files_together(tmp_path):
    put(tmp_path, "2026-07-31/a.csv", "2026-08-31/DISK01/a.csv")
    assert names(FOLDERS, tmp_path) == [("2026-07-31", ["a.csv"]), ("2026-08-31", ["a.csv"])]
    put(tmp_path, "b.csv", "c.csv")
    assert names(FOLDERS, tmp_path)[-1] == ("lab", ["b.csv", "c.csv"])


def test_files_of_one_date_are_one_delivery(tmp_path):
    put(tmp_path, "a_2026-07-31.csv", "b_20260731.csv", "a_2026-08-31.csv", "undated.csv", "notes.md")
    assert names(FILES, tmp_path) == [
        ("2026-07-31", ["a_2026-07-31.csv", "b_20260731.csv"]),
        ("a_2026-08-31.csv", ["a_2026-08-31.csv"]),
        ("undated.csv", ["undated.csv"]),
    ]


@pytest.mark.parametrize("suffix", [".part", ".tmp", ".crdownload", ".filepart"])
@pytest.mark.parametrize("agency", [FOLDERS, FILES])
def test_what_is_still_being_written_is_passed_over_with_words(tmp_path, agency, suffix):
    put(
        tmp_path, "2026-07-31/a.csv", f"2026-07-31/b.csv{suffix}", f"c_2026-08-31.csv{suffix}", ".hidden", "~$open.xlsx"
    )
    assert names(agency, tmp_path) == []
    assert set(passed_over(agency, tmp_path)) == {"2026-07-31", f"c_2026-08-31.csv{suffix}"}
    assert all("still being written" in words for words in passed_over(agency, tmp_path).values())


def test_ignored_files_are_passed_over_with_their_reason(tmp_path):
    put(tmp_path, "notes.md")
    assert passed_over(FILES, tmp_path) == {"notes.md": "notes"}


def test_no_folder_no_deliveries(tmp_path):
    assert candidates(FILES, tmp_path / "none") == []
    assert passed_over(FILES, tmp_path / "none") == {}


@pytest.mark.parametrize("target", ["/etc/hostname", "nowhere"])
def test_a_link_is_refused(tmp_path, target):
    (tmp_path / "a_2026-07-31.csv").symlink_to(target)
    [(name, root, paths)] = candidates(FILES, tmp_path)
    with pytest.raises(DeliveryError, match="Links are not followed"):
        read_delivery(FILES, name, root, paths)


def test_a_link_inside_a_folder_is_refused_and_a_linked_folder_not_entered(tmp_path):
    put(tmp_path, "real/a.csv")
    (tmp_path / "2026-07-31").mkdir()
    (tmp_path / "2026-07-31" / "b").symlink_to(tmp_path / "real")
    with pytest.raises(DeliveryError, match="Links are not followed"):
        delivery_of(FOLDERS, tmp_path / "2026-07-31")


LOOK = """
import sys
from pathlib import Path
from sources.contract import agencies
from sources.errors import PalermoError
from sources.landing import candidates, read_delivery

try:
    for name, root, paths in candidates(agencies()["fbi"], Path(sys.argv[1])):
        print(read_delivery(agencies()["fbi"], name, root, paths).key)
except PalermoError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root is bound by no rights of files")
@pytest.mark.parametrize(
    ("place", "rights", "said"),
    [
        ("fbi/2026-07-31/more", 0, "DeliveryError more: no permission to read the folder"),
        ("fbi/2026-07-31/more", 0o400, "DeliveryError more/b.csv: no permission to read the file"),
        ("fbi/2026-07-31", 0, "DeliveryError 2026-07-31: no permission to read the folder"),
        ("fbi", 0, "WorkspaceError landing/fbi: no permission to read the folder"),
        ("fbi", 0o400, "WorkspaceError landing/fbi: no permission to read the folder"),
    ],
)
def test_what_may_not_be_read_is_named_and_not_passed_over(tmp_path, place, rights, said):
    put(tmp_path / "landing", "fbi/2026-07-31/a.csv", "fbi/2026-07-31/more/b.csv")
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    look = [*drop, sys.executable, "-c", LOOK, str(tmp_path / "landing" / "fbi")]
    (tmp_path / "landing" / place).chmod(rights)
    run = subprocess.run(look, capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False)
    (tmp_path / "landing" / place).chmod(0o700)
    assert run.stdout.startswith(said), run.stdout + run.stderr


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a_2026-07-31.csv")
    [(name, root, paths)] = candidates(FILES, tmp_path)
    with pytest.raises(DeliveryError, match="not a regular file"):
        read_delivery(FILES, name, root, paths)


def test_no_permission_is_said_in_words(tmp_path, monkeypatch):
    put(tmp_path, "a.csv")
    monkeypatch.setattr(source_file, "sha256", lambda path: (_ for _ in ()).throw(PermissionError(13, "secret")))
    with pytest.raises(DeliveryError, match="no permission to read the file"):
        delivery_of(FOLDERS, tmp_path)


def test_a_file_that_grows_while_it_is_hashed_waits_for_the_next_refresh(tmp_path, monkeypatch):
    put(tmp_path, "a.csv")
    real = source_file.sha256

    def growing(path: Path) -> str:
        digest = real(path)
        path.write_bytes(path.read_bytes() + b"more")
        return digest

    monkeypatch.setattr(source_file, "sha256", growing)
    with pytest.raises(UnfinishedError, match="still being written"):
        delivery_of(FOLDERS, tmp_path)


def test_a_file_that_changes_after_hashing_is_noticed(tmp_path):
    put(tmp_path, "a.csv")
    [file] = delivery_of(FOLDERS, tmp_path).files
    file.check_unchanged()
    put(tmp_path, "a.csv")
    (tmp_path / "a.csv").write_bytes(b"other")
    with pytest.raises(UnfinishedError, match="changed while it was read"):
        file.check_unchanged()


def test_the_same_bytes_have_the_same_key_and_any_other_byte_another(tmp_path):
    put(tmp_path, "one/a.csv", "two/a.csv", "three/a.csv")
    (tmp_path / "three/a.csv").write_bytes(b"x")
    one, two, three = (delivery_of(FOLDERS, tmp_path / name) for name in ("one", "two", "three"))
    (tmp_path / "two/a.csv").write_bytes(b"one/a.csv")
    assert one.digest == delivery_of(FOLDERS, tmp_path / "two").digest != three.digest
    assert two.key.startswith("2026-09-30-")


@pytest.mark.parametrize("name", ["undated", "2026-13-45"])
def test_a_delivery_needs_a_date(tmp_path, name):
    put(tmp_path, "a.csv")
    with pytest.raises(DeliveryError, match="no date in its name"):
        delivery_of(FOLDERS, tmp_path, name)
    dated = agency_of(contract_of(), data_as_of="2018-08-31")
    assert delivery_of(dated, tmp_path, name).as_of.isoformat() == "2018-08-31"


def test_a_delivery_may_be_named_for_the_end_of_the_week_and_for_no_later_day(tmp_path):
    put(tmp_path, "a.csv")
    soon, later = (dt.date.today() + dt.timedelta(days=n) for n in (6, 9))
    assert delivery_of(FOLDERS, tmp_path, f"{soon}").as_of == soon
    with pytest.raises(DeliveryError, match=f"a date to come, {later}"):
        delivery_of(FOLDERS, tmp_path, f"{later}")


def zipped(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_a_zip_gives_its_members_and_a_gz_its_content(tmp_path):
    zipped(tmp_path / "d.zip", {"x/a.csv": b"one", "b.csv.gz": gzip.compress(b"two")})
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"three"))
    files = delivery_of(FOLDERS, tmp_path).files
    assert [(f.name, f.basename, f.read()) for f in files] == [
        ("c.csv.gz", "c.csv", b"three"),
        ("d.zip/x/a.csv", "a.csv", b"one"),
        ("d.zip/b.csv.gz", "b.csv", b"two"),
    ]


BOMB = b"0" * (300 << 20)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"../a.csv": b""}, "a path that leaves the archive"),
        ({"/etc/a.csv": b""}, "a path that leaves the archive"),
        ({"x\\..\\..\\a.csv": b""}, "a path that leaves the archive"),
        ({"C:\\a.csv": b""}, "a path that leaves the archive"),
        ({"inner.zip": b"PK"}, "a zip inside a zip"),
        ({"a.csv": BOMB}, "over 200 times its size"),
    ],
    ids=["dots", "absolute", "backslashes", "drive", "zip in zip", "bomb"],
)
def test_a_zip_that_must_not_be_opened(tmp_path, members, words):
    zipped(tmp_path / "d.zip", members)
    with pytest.raises(ArchiveError, match=words):
        delivery_of(FOLDERS, tmp_path)


def test_a_gz_bomb_is_stopped_while_it_is_read(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(BOMB))
    [file] = delivery_of(FOLDERS, tmp_path).files
    with pytest.raises(ArchiveError, match="over 200 times its size"), file.open() as stream:
        while stream.read(1 << 20):
            pass


def test_two_members_of_one_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("a.csv", b"1")
        with pytest.warns(UserWarning):
            archive.writestr("a.csv", b"2")
    with pytest.raises(ArchiveError, match="same name"):
        delivery_of(FOLDERS, tmp_path)


def test_a_locked_zip(tmp_path):
    zipped(tmp_path / "d.zip", {"a.csv": b"1"})
    data = bytearray((tmp_path / "d.zip").read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "d.zip").write_bytes(data)
    with pytest.raises(ArchiveError, match="locked with a password"):
        delivery_of(FOLDERS, tmp_path)


@pytest.mark.parametrize("cut", [10, -30])
def test_a_zip_cut_short(tmp_path, cut):
    zipped(tmp_path / "d.zip", {"a.csv": os.urandom(5000)})
    (tmp_path / "d.zip").write_bytes((tmp_path / "d.zip").read_bytes()[:cut])
    with pytest.raises(ArchiveError, match="not a readable zip"):
        delivery_of(FOLDERS, tmp_path)


@pytest.mark.parametrize("name", ["d.zip", "a.csv.gz"])
def test_damage_inside_is_found_while_reading(tmp_path, name):
    payload = os.urandom(200_000)
    if name == "d.zip":
        zipped(tmp_path / name, {"a.csv": payload})
    else:
        (tmp_path / name).write_bytes(gzip.compress(payload))
    data = bytearray((tmp_path / name).read_bytes())
    data[100_000:100_050] = bytes(50)
    (tmp_path / name).write_bytes(data[:150_000] if name.endswith("gz") else data)
    [file] = delivery_of(FOLDERS, tmp_path).files
    with pytest.raises(ArchiveError, match="cut short or damaged"):
        file.read()


def test_bytes_are_told_while_a_file_is_read(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"x" * 3_000_000)
    [file] = delivery_of(FOLDERS, tmp_path).files
    seen: list[int] = []
    told = replace(file, on_bytes=seen.append)
    with told.open() as stream:
        assert len(stream.read()) == 3_000_000
    assert sum(seen) == 3_000_000


def packed(method: int, stream: bytes, content: bytes) -> bytes:
    """A zip of one member from a ready stream."""
    sizes = (zlib.crc32(content), len(stream), len(content))
    head = struct.pack("<5H3L2H", 21, 0, method, 0, 33, *sizes, 5, 0)
    local = b"PK\x03\x04" + head + b"a.csv" + stream
    entry = b"PK\x01\x02" + struct.pack("<H", 21) + head + struct.pack("<3H2L", 0, 0, 0, 0, 0) + b"a.csv"
    return local + entry + b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, len(entry), len(local), 0)


def test_deflate64_is_read_with_the_long_repeat_that_plain_deflate_does_not_have(tmp_path):
    # A block of fixed codes: the letter A, code 285 with 16 further bits (a repeat of 3 + 4,996), distance 1, the end.
    letter, repeat, further, distance, end = "01110001", "11000101", 4996, "00000", "0000000"
    bits = "1" + "10" + letter + repeat + "".join(str(further >> i & 1) for i in range(16)) + distance + end
    stream = bytes(int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8))
    (tmp_path / "d.zip").write_bytes(packed(9, stream, b"A" * 5000))
    [file] = delivery_of(FOLDERS, tmp_path).files
    assert file.read() == b"A" * 5000


def test_an_invented_deflate64_zip_is_read(tmp_path):
    content = [b"FISCALYR\tCIRCUIT\r\n", *(b"%d\t%d\r\n" % (i, i % 11) for i in range(50_000))]
    write_zip(tmp_path / "d.zip", "cr96on.txt", content, dt.date(2026, 9, 30))
    [file] = delivery_of(FOLDERS, tmp_path).files
    assert file.read() == b"".join(content)
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        assert archive.infolist()[0].compress_type == 9


def test_a_method_that_nobody_reads(tmp_path):
    (tmp_path / "d.zip").write_bytes(packed(97, b"x", b"x"))
    [file] = delivery_of(FOLDERS, tmp_path).files
    with pytest.raises(ArchiveError, match="cannot be unpacked"):
        file.read()
