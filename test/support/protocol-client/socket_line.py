"""A WebSocket of a client (RFC 6455), as far as text goes."""

import base64
import hashlib
import os
import socket
import struct

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class SocketLine:
    def __init__(self, host, port, path, timeout=30):
        self._socket = socket.create_connection((host, port), timeout)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        status = self._file.readline()
        headers = {}
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        accept = base64.b64encode(hashlib.sha1((key + MAGIC).encode()).digest()).decode()
        if b" 101 " not in status or headers.get("sec-websocket-accept") != accept:
            raise ConnectionError(f"no socket: {status!r}")

    def send(self, text):
        self._frame(0x1, text.encode())

    def receive(self):
        """The next text; None once the other end has closed."""
        text = b""
        while True:
            first, second = self._file.read(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self._file.read(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self._file.read(8))
            body = self._file.read(length)
            kind = first & 0x0F
            if kind == 0x8:
                self._frame(0x8, body[:2])
                return None
            if kind == 0x9:
                self._frame(0xA, body)
            elif kind in (0x0, 0x1):
                text += body
                if first & 0x80:
                    return text.decode()

    def close(self):
        self._frame(0x8, struct.pack(">H", 1000))
        self._socket.close()

    def _frame(self, kind, body):
        mask = os.urandom(4)
        if len(body) < 126:
            head = struct.pack(">BB", 0x80 | kind, 0x80 | len(body))
        elif len(body) < 65536:
            head = struct.pack(">BBH", 0x80 | kind, 0x80 | 126, len(body))
        else:
            head = struct.pack(">BBQ", 0x80 | kind, 0x80 | 127, len(body))
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(body))
        self._socket.sendall(head + mask + masked)
