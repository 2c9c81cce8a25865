import errno
import json
import shutil
from pathlib import Path

import pytest

from motilens.errors import StorageError
from motilens.files import digest_of, readable, remove_folder, writable_file, write_json
from tests.disks import SMALL_DISK_KIB, mounted


def test_a_folder_is_removed_though_a_dying_process_still_writes_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, tries, real = tmp_path / "part", [], shutil.rmtree
    (folder / "inner").mkdir(parents=True)

    def refilled(path: Path) -> None:
        tries.append(path)
        if len(tries) < 3:
            raise OSError(errno.ENOTEMPTY, "Directory not empty", str(path))
        real(path)

    monkeypatch.setattr(shutil, "rmtree", refilled)
    remove_folder(folder)
    assert not folder.exists()
    assert len(tries) == 3
    remove_folder(folder)  # nothing there is no fault


def test_a_folder_that_may_not_be_removed_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", refused)
    with pytest.raises(StorageError, match="no permission to write there"):
        remove_folder(tmp_path)


def test_a_file_that_can_be_written_leaves_its_folder_and_no_trace(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b" / "lines.csv"
    assert writable_file(out) == out
    assert list(out.parent.iterdir()) == []
    out.write_text("older")
    writable_file(out)
    assert out.read_text() == "older"


def test_a_full_disk_is_said_at_once(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", f"size={SMALL_DISK_KIB}k") as disk:
        (disk / "big").write_bytes(b"0" * SMALL_DISK_KIB * 1024)
        with pytest.raises(StorageError, match=r"cannot write .*: the disk is full; free some space or choose another"):
            writable_file(disk / "lines.csv")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("place", ["/proc/lines.csv", "/proc/new/lines.csv"])
def test_a_place_that_takes_no_files_is_one_line(place: str) -> None:
    with pytest.raises(StorageError, match="no file can be made there; choose another place with --out"):
        writable_file(Path(place))


def test_a_name_that_is_not_utf_8_is_written_as_an_escape(tmp_path: Path) -> None:
    name = "caf\udce9"
    write_json(tmp_path / "x.json", {"name": name})
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {"name": name}
    assert readable(name) == r"caf\udce9"
    assert readable("café") == "café"
    assert digest_of(name) != digest_of("caf")
