from __future__ import annotations

import errno
import io
import logging
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import platformdirs
import platformdirs.windows
import pytest
from PIL import Image
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

import headword as hw
import headword.cache.embeddings as module
from headword.cache import shards as cache_shards
from headword.cache.embeddings import EmbeddingCache, default_folder
from headword.datasets.readers.lazy import Span
from headword.encoders.base import Embedded, ImageEncoder, TextEncoder
from headword.errors import BadImageError, InputError
from planted import Ear, Eye, picture


class Counting(Eye):
    """An eye that remembers how many pictures it was shown."""

    shown = 0

    def embed(self, items: Any, **options: Any) -> Embedded:
        found = list(items)
        self.shown += len(found)
        return super().embed(found, **options)


class Listening(Ear):
    """An ear that remembers what it was told."""

    heard: tuple[str, ...] = ()

    def encode(self, items: str | Sequence[str], **options: Any) -> np.ndarray:
        self.heard += tuple([items] if isinstance(items, str) else items)
        return super().encode(items, **options)


@pytest.fixture
def folder(tmp_path: Path, planted: ModuleType) -> Path:
    """Twelve pictures as files."""
    made = tmp_path / "pictures"
    made.mkdir()
    for word in planted.NEW_WORDS[:12]:
        Image.fromarray(picture(word)).save(made / f"{word}.png")
    return made


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


def shards(cache: EmbeddingCache) -> list[Path]:
    return sorted(cache.folder.rglob("*.parquet"))


def same(found: Embedded, expected: Embedded) -> None:
    assert found.ids == expected.ids
    assert found.positions == expected.positions
    assert found.bad == expected.bad
    np.testing.assert_array_equal(found.vectors, expected.vectors)
    assert found.vectors.dtype == np.float32


def test_a_picture_is_encoded_once(cache: EmbeddingCache, folder: Path) -> None:
    eye, expected = Counting(), Eye().embed(folder)
    same(cache.images(eye).embed(folder), expected)
    same(cache.images(eye).embed(folder), expected)
    assert eye.shown == 12
    other_process = Counting()
    same(EmbeddingCache(cache.folder).images(other_process).embed(folder), expected)
    assert other_process.shown == 0


def test_only_new_pictures_are_encoded_and_the_order_is_that_of_the_input(cache: EmbeddingCache, folder: Path) -> None:
    eye = Counting()
    files = sorted(folder.iterdir())
    cache.images(eye).embed(files[3:8])
    asked = [files[11], files[4], files[0], files[4], files[0], files[7]]
    same(cache.images(eye).embed(asked), Eye().embed(asked))
    assert eye.shown == 5 + 2


def test_a_moved_file_is_found_and_an_edited_one_is_not(cache: EmbeddingCache, folder: Path) -> None:
    eye = Counting()
    files = sorted(folder.iterdir())
    cache.images(eye).embed(files)
    moved = files[0].rename(folder.parent / "elsewhere.png")
    cache.images(eye).embed(moved)
    assert eye.shown == 12
    stamp = files[1].stat()
    Image.fromarray(picture("vrumio", 7)).save(files[1])
    os.utime(files[1], ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # neither name nor time tells
    same(cache.images(eye).embed(files[1]), Eye().embed(files[1]))
    assert eye.shown == 13


def test_bytes_open_files_pictures_and_arrays_are_known_by_content(cache: EmbeddingCache, folder: Path) -> None:
    eye = Counting()
    path = sorted(folder.iterdir())[0]
    cached = cache.images(eye)
    with path.open("rb") as file, Image.open(path) as opened:
        pixels = np.asarray(opened)
        for item in (path, path.read_bytes(), io.BytesIO(path.read_bytes()), file):
            same(cached.embed([item]), Eye().embed([item]))
        assert eye.shown == 1
        for item in (opened, pixels, pixels.copy()):  # decoded pictures are known by their pixels
            same(cached.embed([item]), Eye().embed([item]))
    assert eye.shown == 2
    cached.embed([pixels.reshape(4, 16, 3)])
    assert eye.shown == 3, "another shape of the same bytes is another picture"


def test_turned_or_transparent_pictures_are_others(cache: EmbeddingCache, planted: ModuleType) -> None:
    upright = Image.fromarray(picture(planted.WORDS[0]))
    turned, clear = upright.copy(), upright.convert("RGBA")
    turned.getexif()[0x0112] = 6
    clear.putalpha(90)
    items = [upright, turned, clear]
    eye = Counting()
    same(cache.images(eye).embed(items), Eye().embed(items))
    same(cache.images(eye).embed(items), Eye().embed(items))
    assert eye.shown == 3


def test_an_iterator_is_drawn_once_and_never_held(cache: EmbeddingCache, planted: ModuleType) -> None:
    def drawn() -> Iterator[np.ndarray]:
        yield from (picture(word) for word in planted.WORDS[:30])

    eye = Counting()
    expected = Eye().embed(list(drawn()))
    same(cache.images(eye).embed(drawn()), expected)
    same(cache.images(eye).embed(drawn()), expected)
    assert eye.shown == 30


def test_large_pictures_do_not_wait_for_a_full_shard(
    cache: EmbeddingCache, planted: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BYTES_A_SHARD", 5 * 8 * 8 * 3)
    cache.images(Eye()).embed([picture(word) for word in planted.WORDS[:12]])
    assert len(shards(cache)) == 3


def test_bad_pictures_are_reported_and_not_kept(cache: EmbeddingCache, folder: Path) -> None:
    (folder / "aa.png").write_bytes(b"no picture at all")
    items = [*sorted(folder.iterdir()), folder / "absent.png", folder / "aa.png"]
    eye = Counting()
    expected = Eye().embed(items)
    assert [one.position for one in expected.bad] == [0, 13, 14]
    same(cache.images(eye).embed(items), expected)
    same(cache.images(eye).embed(items), expected)
    assert eye.shown == 12 + 1 + 1, "the damaged file is tried again in each run"
    with pytest.raises(BadImageError, match=r"aa\.png \(position 0\)"):
        cache.images(eye).embed(items, strict=True)
    with pytest.raises(BadImageError, match=r"absent\.png.*\(position 1\)"):
        cache.images(eye).embed([items[1], folder / "absent.png"], strict=True)


def test_all_pictures_bad(cache: EmbeddingCache, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    found = cache.images(Eye()).embed([tmp_path / "a.png"])
    assert found.vectors.shape == (0, Eye().dim)
    assert len(found.bad) == 1
    assert shards(cache) == []


def test_no_pictures(cache: EmbeddingCache) -> None:
    with pytest.raises(InputError, match="empty collection"):
        cache.images(Eye()).embed([])


def test_other_encoders_and_other_kinds_of_row_do_not_meet(cache: EmbeddingCache, folder: Path) -> None:
    cache.images(Eye()).embed(folder)
    other = Counting("other")
    same(cache.images(other).embed(folder), Eye("other").embed(folder))
    assert other.shown == 12
    half = EmbeddingCache(cache.folder, dtype="float16")
    eye = Counting()
    first, second = half.images(eye).embed(folder), half.images(eye).embed(folder)
    assert eye.shown == 12
    np.testing.assert_array_equal(first.vectors, second.vectors)
    exact = Eye().embed(folder).vectors
    np.testing.assert_array_equal(first.vectors, exact.astype(np.float16).astype(np.float32))
    assert not np.array_equal(first.vectors, exact)


def test_the_same_encoder_under_another_name_is_the_same(cache: EmbeddingCache, folder: Path) -> None:
    cache.images(Eye()).embed(folder)
    renamed = Counting()
    renamed.name = "a/copy"
    cache.images(renamed).embed(folder)
    assert renamed.shown == 0


def test_a_network_trained_on_in_the_meantime_is_another(cache: EmbeddingCache, folder: Path) -> None:
    eye = Counting()
    cached = cache.images(eye)
    cached.embed(folder)
    eye._turn = Eye("trained")._turn
    same(cached.embed(folder), Eye("trained").embed(folder))


def test_texts_are_encoded_once(cache: EmbeddingCache) -> None:
    ear = Listening()
    texts = ["zbamoxq", "a photo of vroma", "zbamoxq", "Ünïcode 鶴"]
    cached = cache.texts(ear)
    np.testing.assert_array_equal(cached.encode(texts), Ear().encode(texts))
    assert ear.heard == (texts[0], texts[1], texts[3])
    np.testing.assert_array_equal(cached.encode("zbamoxq"), Ear().encode("zbamoxq"))
    np.testing.assert_array_equal(
        EmbeddingCache(cache.folder).texts(ear).encode(texts[::-1]), Ear().encode(texts[::-1])
    )
    assert len(ear.heard) == 3
    cached.encode(["zbamoxq ", "Zbamoxq"])
    assert len(ear.heard) == 5, "a space or a capital makes another text"


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("items", [[], ["good", 3], ["good", " "]])
def test_what_is_no_text_is_refused_by_the_encoder_itself(cache: EmbeddingCache, items: list[Any]) -> None:
    with pytest.raises(InputError, match="texts to embed"):
        cache.texts(Ear()).encode(items)


def test_wrappers_stand_for_their_encoders(cache: EmbeddingCache, folder: Path, tmp_path: Path) -> None:
    seeing, reading = cache.images(Eye()), cache.texts(Ear())
    assert isinstance(seeing, ImageEncoder)
    assert isinstance(reading, TextEncoder)
    assert cache.images(seeing) is seeing
    assert cache.texts(reading) is reading
    for wrapper, inner in ((seeing, Eye()), (reading, Ear())):
        assert (wrapper.name, wrapper.dim, wrapper.fingerprint) == (inner.name, inner.dim, inner.fingerprint)
    model = hw.align(seeing, reading, definitions={})
    plain = hw.align("planted/eye", "planted/ear", definitions={})
    asked = ["zbamoxq", "vroma"]
    assert model.classify(folder, asked).as_dict() == plain.classify(folder, asked).as_dict()
    model.save_pretrained(tmp_path / "model")
    hw.AlignedModel.from_pretrained(tmp_path / "model", image_encoder=cache.images(Eye()))


@pytest.mark.parametrize("harm", ["cut", "emptied", "flipped"])
def test_a_damaged_shard_is_made_anew(
    cache: EmbeddingCache, folder: Path, caplog: pytest.LogCaptureFixture, harm: str
) -> None:
    expected = Eye().embed(folder)
    cache.images(Eye()).embed(folder)
    (shard,) = shards(cache)
    data = bytearray(shard.read_bytes())
    if harm == "flipped":  # inside the rows: only their checksum tells
        data[len(data) // 2] ^= 255
    shard.write_bytes({"cut": data[:-40], "emptied": b"", "flipped": data}[harm])
    eye = Counting()
    with caplog.at_level(logging.WARNING, "headword"):
        same(EmbeddingCache(cache.folder).images(eye).embed(folder), expected)
    assert "damaged" in caplog.text
    assert eye.shown == 12
    caplog.clear()
    again = Counting()
    same(EmbeddingCache(cache.folder).images(again).embed(folder), expected)
    assert (again.shown, caplog.text) == (0, "")


def test_a_shard_damaged_while_it_is_in_use(cache: EmbeddingCache, folder: Path) -> None:
    eye, ear = Counting(), Listening()
    seeing, reading = cache.images(eye), cache.texts(ear)
    seeing.embed(folder)
    reading.encode(["zbamoxq"])
    for shard in shards(cache):
        shard.unlink()
    same(seeing.embed(folder), Eye().embed(folder))
    np.testing.assert_array_equal(reading.encode(["zbamoxq"]), Ear().encode(["zbamoxq"]))
    assert (eye.shown, len(ear.heard)) == (24, 2)
    for shard in shards(cache):
        shard.write_bytes(b"gone bad")
    with pytest.raises(InputError, match="run it again"):
        seeing.embed(iter(sorted(folder.iterdir())))
    same(seeing.embed(iter(sorted(folder.iterdir()))), Eye().embed(folder))


def test_foreign_files_are_left_alone(cache: EmbeddingCache, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache.images(Eye("other")).embed(folder)
    (foreign,) = shards(cache)
    cache.images(Eye()).embed(folder)
    place = next(path for path in shards(cache) if path != foreign).parent
    notes, stray = place / "notes.txt", place / foreign.name
    notes.write_text("mine")
    stray.write_bytes(foreign.read_bytes())  # a whole shard of another encoder
    eye = Counting()
    with caplog.at_level(logging.WARNING, "headword"):
        same(EmbeddingCache(cache.folder).images(eye).embed(folder), Eye().embed(folder))
    assert eye.shown == 0
    assert caplog.text.count("leaves") == 2
    assert notes.read_text() == "mine"
    assert stray.exists()


_KILLED = """
    import os, signal, sys
    sys.path.insert(0, sys.argv[3])
    import headword.cache.embeddings as module
    from headword.cache.embeddings import EmbeddingCache
    from planted import Eye
    module.IMAGES_PER_SHARD = 4
    class Dying(Eye):
        left = int(sys.argv[4])
        def embed(self, items, **options):
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1
            return super().embed(items, **options)
    EmbeddingCache(sys.argv[1]).images(Dying()).embed(sys.argv[2])
"""


def other_process(cache: EmbeddingCache, folder: Path, blocks: int) -> subprocess.Popen[bytes]:
    """One that encodes four pictures at a time and is killed, as by `kill -9`, after so many times."""
    arguments = [cache.folder, folder, Path(__file__).parents[1], blocks]
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(_KILLED), *map(str, arguments)])


def test_a_killed_run_is_taken_up_where_it_stood(cache: EmbeddingCache, folder: Path) -> None:
    assert other_process(cache, folder, 2).wait() == -signal.SIGKILL
    assert len(shards(cache)) == 2
    eye = Counting()
    same(cache.images(eye).embed(folder), Eye().embed(folder))
    assert eye.shown == 12 - 2 * 4


def test_a_run_killed_while_it_writes_leaves_no_shard(
    cache: EmbeddingCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.images(Eye()).embed(folder)
    (shard,) = shards(cache)
    # What a kill in the middle of a write leaves behind: part of a file under a hidden name.
    shard.with_name(f".{shard.name}").write_bytes(shard.read_bytes()[:500])
    shard.unlink()
    eye = Counting()
    same(EmbeddingCache(cache.folder).images(eye).embed(folder), Eye().embed(folder))
    assert eye.shown == 12


def test_two_processes_at_once(cache: EmbeddingCache, folder: Path) -> None:
    both = [other_process(cache, folder, 99), other_process(cache, folder, 99)]
    assert [each.wait() for each in both] == [0, 0]
    eye = Counting()
    same(cache.images(eye).embed(folder), Eye().embed(folder))
    assert eye.shown == 0


def test_what_another_process_writes_is_noticed(cache: EmbeddingCache, folder: Path) -> None:
    eye = Counting()
    mine = cache.images(eye)
    files = sorted(folder.iterdir())
    mine.embed(files[:2])
    EmbeddingCache(cache.folder).images(Eye()).embed(files[2:])
    mine.embed(files)
    assert eye.shown == 2


def test_a_file_written_to_while_it_is_encoded_is_not_kept(cache: EmbeddingCache, folder: Path) -> None:
    path = sorted(folder.iterdir())[0]

    class Late(Counting):
        def embed(self, items: Any, **options: Any) -> Embedded:
            Image.fromarray(picture("vroma", self.shown)).save(path)
            return super().embed(items, **options)

    cache.images(Late()).embed(path)
    assert shards(cache) == []


def test_the_bar_counts_pictures(cache: EmbeddingCache, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cache.images(Eye()).embed(folder, show_progress=True)
    assert "12/12" in capfd.readouterr().err
    cache.images(Eye()).embed(folder)
    assert capfd.readouterr().err == ""


def test_where_it_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEADWORD_CACHE", str(tmp_path / "own"))
    assert default_folder() == tmp_path / "own"
    assert EmbeddingCache().folder == tmp_path / "own"
    monkeypatch.delenv("HEADWORD_CACHE")
    monkeypatch.setattr(platformdirs, "PlatformDirs", Unix)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "headword"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache" / "headword"
    monkeypatch.setattr(platformdirs, "PlatformDirs", MacOS)
    assert default_folder() == tmp_path / "Library" / "Caches" / "headword"


@pytest.mark.parametrize("system", [Unix, MacOS, Windows])
def test_an_earlier_cache_is_found_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: type) -> None:
    monkeypatch.delenv("HEADWORD_CACHE", raising=False)
    monkeypatch.setattr(platformdirs, "PlatformDirs", system)
    if system is Windows:
        monkeypatch.setattr(platformdirs.windows, "get_win_folder", lambda name: str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "headword").mkdir()
    assert default_folder() == tmp_path / "headword"
    monkeypatch.delenv("XDG_CACHE_HOME")
    if system is Windows:
        assert default_folder() == tmp_path / "headword"


def test_shards_open_without_headword(cache: EmbeddingCache, folder: Path) -> None:
    import pyarrow.parquet as pq

    cache.images(Eye()).embed(folder)
    (shard,) = shards(cache)
    table = pq.read_table(shard)
    assert table.column_names == ["key", "vector"]
    np.testing.assert_array_equal(np.stack(table["vector"].to_pylist()).astype(np.float32), Eye().embed(folder).vectors)
    assert table.schema.metadata[b"fingerprint"].decode() == Eye().fingerprint


def test_a_file_written_to_between_digest_and_encoding_is_not_kept(
    cache: EmbeddingCache, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, digest = sorted(folder.iterdir())[0], module._digest_of

    def late(read: Path) -> bytes:
        found = digest(read)
        Image.fromarray(picture("vroma", 0)).save(path)
        os.utime(path, (1, 1))
        return found

    monkeypatch.setattr(module, "_digest_of", late)
    cache.images(Counting()).embed(path)
    assert shards(cache) == []


def test_an_archive_cut_short_is_a_bad_picture_here_too(cache: EmbeddingCache, tmp_path: Path) -> None:
    (tmp_path / "0.tar").write_bytes(b"short")
    span = Span(tmp_path / "0.tar", 0, 100, "0.tar/1.png")
    found, expected = cache.images(Eye()).embed([span]), Eye().embed([span])
    same(found, expected)
    assert "ends within 0.tar/1.png" in found.bad[0].reason


def test_a_shard_that_the_system_does_not_open_stays(
    cache: EmbeddingCache, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expected = cache.images(Eye()).embed(folder)
    before = shards(cache)
    column, refusals = cache_shards._column, [OSError(errno.EMFILE, "Too many open files")]

    def refused(path: Path, name: str) -> Any:
        if refusals:
            raise refusals.pop()
        return column(path, name)

    monkeypatch.setattr(cache_shards, "_column", refused)
    again = Counting()
    same(cache.images(again).embed(folder), expected)
    assert again.shown == 12
    assert set(before) < set(shards(cache))
    assert "cannot read" in caplog.text
