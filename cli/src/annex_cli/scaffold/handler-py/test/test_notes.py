import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from notes import NoteRefused, add_note, list_notes  # noqa: E402 - the sources are no package


class Kept:
    """Storage in memory."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], bytes] = {}

    def put_new(self, namespace: str, key: str, value: bytes) -> None:
        self.records[namespace, key] = value

    def items(self, namespace: str) -> list[tuple[str, bytes]]:
        return sorted((key, value) for (kept, key), value in self.records.items() if kept == namespace)


class Notes(unittest.TestCase):
    def test_a_note_that_was_added_is_listed(self) -> None:
        kept = Kept()

        added = add_note(kept, {"text": "  call the customer back "})

        self.assertEqual(list_notes(kept), [added])
        self.assertEqual(added["text"], "call the customer back")

    def test_what_is_no_note_is_refused_and_nothing_is_kept(self) -> None:
        kept = Kept()
        for body in (None, [], {}, {"text": " "}, {"text": "x" * 501}):
            with self.subTest(body=body), self.assertRaises(NoteRefused):
                add_note(kept, body)

        self.assertEqual(kept.records, {})


if __name__ == "__main__":
    unittest.main()
