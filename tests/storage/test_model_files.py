"""Files are moved into place whole, whenever the move is interrupted."""

from __future__ import annotations

from pathlib import Path

import pytest

from headword.storage.model_files import atomic_write


def save_anew(path: Path) -> None:
    with atomic_write(path) as fresh:
        fresh.mkdir()
        (fresh / "a").write_text("new")


@pytest.mark.parametrize("last", [1, 2])
def test_an_interrupt_that_arrives_with_a_finished_move_loses_no_folder(
    last: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, rename, moves = tmp_path / "model", Path.rename, [0]
    path.mkdir()
    (path / "a").write_text("old")

    def interrupted(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        moves[0] += 1
        if moves[0] == last:
            raise KeyboardInterrupt
        return moved

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_anew(path)
    assert (path / "a").read_text() == ("old" if last == 1 else "new")
    assert list(tmp_path.iterdir()) == [path]
