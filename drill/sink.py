"""The mail server of the drill: `python -m drill.sink FOLDER PORT`. It writes down every letter it was given.

One line in `letters.jsonl` when DATA is complete, before anything is answered, so that a sink that is killed has still
said what arrived. How it behaves stands in `sink.json`, read anew for every letter:

    {"mode": "ok"}                      answers 250
    {"mode": "stall"}                   takes the connection and says nothing
    {"mode": "refuse"}                  answers 451 to MAIL FROM
    {"mode": "drop", "share": 0.2}      closes the connection after DATA, unanswered, for this share of letters
    {"mode": "die", "share": 0.2}       ends the process after DATA for this share of letters
"""

from __future__ import annotations

import asyncio
import email
import email.header
import email.message
import json
import os
import random
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LETTERS, BEHAVIOUR = "letters.jsonl", "sink.json"
# What a repeat says, in the two languages of the product.
REPEAT = re.compile(r"mungkin terulang|may be a repeat", re.IGNORECASE)
LINK = re.compile(r"https?://[^\s\"'<>)]+")
STALLED_FOR = 60.0


@dataclass
class Sink:
    """Takes letters until it is ended."""

    folder: Path
    chance: random.Random = field(default_factory=random.Random)
    count: int = 0

    def behaviour(self) -> dict[str, Any]:
        """What `sink.json` says at this moment."""
        try:
            found: dict[str, Any] = json.loads((self.folder / BEHAVIOUR).read_text())
        except FileNotFoundError:
            return {"mode": "ok"}
        return found

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until QUIT or until the other side is gone."""
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a worker that was killed
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.behaviour()["mode"] == "stall":
            await asyncio.sleep(STALLED_FOR)
            return
        await _say(writer, "220 drill")
        while line := await reader.readline():
            verb = line[:4].upper().decode(errors="replace")
            if verb == "QUIT":
                await _say(writer, "221 bye")
                return
            if verb == "MAIL" and self.behaviour()["mode"] == "refuse":
                await _say(writer, "451 not now")
            elif verb == "DATA":
                await _say(writer, "354 go on")
                content = await reader.readuntil(b"\r\n.\r\n")
                # a line that begins with a dot came with two
                content = content[:-3].replace(b"\r\n..", b"\r\n.")
                if not await self._answer(content, writer):
                    return
            else:
                await _say(writer, "250 ok")

    async def _answer(self, content: bytes, writer: asyncio.StreamWriter) -> bool:
        """Write the letter down and answer as `sink.json` says. False when the connection is over."""
        behaviour = self.behaviour()
        mode = behaviour["mode"]
        strikes = mode in ("drop", "die") and self.chance.random() < behaviour.get("share", 1.0)
        self._write_down(content, "died_after_data" if strikes or mode == "stall" else "250")
        if strikes and mode == "die":
            os._exit(1)
        if mode == "stall":
            await asyncio.sleep(STALLED_FOR)
        if strikes or mode == "stall":
            return False
        await _say(writer, "250 ok")
        return True

    def _write_down(self, content: bytes, outcome: str) -> None:
        self.count += 1
        line = {"t": time.time(), "n": self.count, **read(content), "outcome": outcome}
        # one write of one line: whole or not at all, also when this process is killed
        handle = os.open(self.folder / LETTERS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, json.dumps(line).encode() + b"\n")
        finally:
            os.close(handle)


def read(content: bytes) -> dict[str, Any]:
    """What the verdict wants to know of a letter: id, addressee, subject, whether it says it is a repeat, links."""
    letter = email.message_from_bytes(content)
    subject = _decoded(letter.get("Subject", ""))
    text = "\n".join(_text(part) for part in letter.walk() if part.get_content_maintype() == "text")
    return {
        "message_id": letter.get("Message-ID", ""),
        "to": letter.get("To", ""),
        "subject": subject,
        "repeat": bool(REPEAT.search(subject) or REPEAT.search(text)),
        "links": sorted(set(LINK.findall(text))),
    }


def _decoded(value: str) -> str:
    return str(email.header.make_header(email.header.decode_header(value)))


def _text(part: email.message.Message) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode(part.get_content_charset() or "utf-8", errors="replace")


async def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(line.encode() + b"\r\n")
    await writer.drain()


async def serve(folder: Path, port: int) -> None:
    """Listen on 127.0.0.1 until the process is ended."""
    sink = Sink(folder)
    server = await asyncio.start_server(sink.talk, "127.0.0.1", port, limit=4 * 1024 * 1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
