"""Decodes the text of tables and JSON files, in the encodings that spreadsheets write.

Those are UTF-8 and UTF-16, with or without byte order mark, and Windows-1252, in which Excel writes CSV in Western
Europe. A file that is not valid UTF-8 and holds no zero byte is taken for Windows-1252. If it was written in another
code page, only letters beyond ASCII come out wrong, never a number; names with such letters match nothing, and what
matches nothing is listed by name.
"""

import codecs

from motilens.errors import LabelError

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # the first bytes of .xlsx and .ods, and of .xls


def decode(content: bytes, name: str) -> str:
    """Decode a text file; the byte order mark is removed.

    Args:
        content: all bytes of the file.
        name: the file's name, for messages.

    Raises:
        LabelError: the file is a workbook, or text in another encoding.
    """
    if content.startswith(_WORKBOOKS):
        raise LabelError(f"{name} is a workbook of a spreadsheet program; allowed: text; save it there as CSV in UTF-8")
    mark, encoding = next((known for known in _MARKS if content.startswith(known[0])), (b"", _guessed(content)))
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise _refused(name, len(mark) + error.start) from error
    if "\0" in text:
        raise _refused(name, content.index(b"\0"))
    return text


def _guessed(content: bytes) -> str:
    if b"\0" in content:  # each ASCII character, such as a delimiter or a digit, has one zero byte in UTF-16
        return "utf-16-le" if content[1::2].count(0) > content[::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _refused(name: str, byte: int) -> LabelError:
    return LabelError(
        f"{name} is not text in a known encoding (byte {byte}); allowed: UTF-8, UTF-16 or Windows-1252; "
        "save it again as CSV in UTF-8"
    )
