import codecs

import pytest

from motilens.data.encodings import decode
from motilens.errors import LabelError

TEXT = "ID;Größe\n1;µ\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8"),
        codecs.BOM_UTF8 + TEXT.encode("utf-8"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
    ],
)
def test_what_spreadsheets_write_is_read(content: bytes) -> None:
    assert decode(content, "t.csv") == TEXT


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"ID;\x81\n",
            r"t\.csv is not text in a known encoding \(byte 3\); allowed: UTF-8, UTF-16 or Windows-1252",
        ),
        (codecs.BOM_UTF8 + b"ID;\xff\n", r"not text in a known encoding \(byte 6\)"),
        (codecs.BOM_UTF16_LE + b"I", r"not text in a known encoding \(byte 2\)"),
        (b"\0\0\0\0", r"not text in a known encoding \(byte 0\)"),
        (TEXT.encode("utf-32-le"), "not text in a known encoding"),
        (b"PK\x03\x04\0\0", r"t\.csv is a workbook of a spreadsheet program; allowed: text; save it there as CSV"),
        (b"\xd0\xcf\x11\xe0\0", "is a workbook"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(LabelError, match=words):
        decode(content, "t.csv")
