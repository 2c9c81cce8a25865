import errno
import shutil
from pathlib import Path

import pytest

from motilens.errors import StorageError
from motilens.files import remove_folder


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
