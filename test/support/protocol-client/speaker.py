"""A speaker by docs/protocol.md, written from that page alone, with nothing but Python.

It signs in, joins the session `main` as an output, plays two tracks, and follows what others do until the main deck
stands still. Each line of its output is one JSON object: what it was told of, in order.
"""

import base64
import http.client
import json
import os
import sys
import time
import urllib.parse

from socket_line import SocketLine

HEADERS = {"Content-Type": "application/json", "x-clef-request": "1"}


def say(**what):
    print(json.dumps(what), flush=True)


class Api:
    def __init__(self, base):
        self._base = base
        self._cookie = None

    def post(self, path, body=None):
        connection = http.client.HTTPConnection(self._base.hostname, self._base.port, timeout=30)
        headers = {**HEADERS, **({"Cookie": self._cookie} if self._cookie else {})}
        payload = None if body is None else json.dumps(body)
        if body is None:
            headers.pop("Content-Type")
        connection.request("POST", f"{self._base.path}/api/v1{path}", payload, headers)
        answer = connection.getresponse()
        cookie = answer.getheader("Set-Cookie")
        if cookie:
            self._cookie = cookie.split(";")[0]
        told = answer.read()
        if answer.status >= 300:
            raise ConnectionError(f"{path}: {answer.status}")
        return json.loads(told) if told else None


class Session:
    """What the page says of `state`: a head, and patches of the queue."""

    def __init__(self):
        self.head = None
        self.items = []
        self._version = None

    def take(self, message):
        patch = message.get("queue")
        if patch is not None:
            if "from" not in patch:
                self.items = list(patch["items"])
            elif patch["from"] != self._version:
                return False
            else:
                at = patch["at"]
                self.items[at : at + patch["removed"]] = patch["items"]
        self.head = message["head"]
        self._version = self.head["queue"]["version"]
        return True

    @property
    def current(self):
        index = self.head["queue"]["currentIndex"]
        return self.items[index] if 0 <= index < len(self.items) else None


def main():
    base = urllib.parse.urlsplit(sys.argv[1])
    credentials = json.load(sys.stdin)
    api = Api(base)
    api.post("/session", credentials)
    ticket = api.post("/playback/ticket")["ticket"]

    line = SocketLine(base.hostname, base.port, f"{base.path}/api/v1/playback/socket")
    instance = base64.urlsafe_b64encode(os.urandom(12)).decode()
    number = 0

    def command(action):
        nonlocal number
        number += 1
        line.send(json.dumps({"type": "command", "cmdId": f"{instance}.{number}", "action": action}))

    line.send(
        json.dumps(
            {
                "type": "hello",
                "protocol": 1,
                "ticket": ticket,
                "instanceId": instance,
                "name": "Python",
                "kind": "speaker",
                "sessionId": "main",
            }
        )
    )
    probed_at = time.monotonic()
    line.send(json.dumps({"type": "probe", "id": 1}))
    command(
        {
            "type": "output.add",
            "output": {
                "outputId": instance,
                "name": "Python",
                "kind": "speaker",
                "volume": 0.8,
                "muted": False,
                "delayMs": 0,
                "leadMs": 150,
            },
        }
    )
    tracks = [{"trackId": "tr-1a", "durationMs": 201500}, {"trackId": "tr-1b", "durationMs": 180000}]
    command({"type": "queue.replace", "items": tracks, "startIndex": 0, "positionMs": 0, "play": True})

    session = Session()
    has_played = False
    while (text := line.receive()) is not None:
        message = json.loads(text)
        kind = message["type"]
        if kind == "probed":
            say(event="probed", roundTripMs=(time.monotonic() - probed_at) * 1000)
        elif kind == "outcome":
            say(event="outcome", number=int(message["cmdId"].split(".")[1]), refused=message.get("refused"))
        elif kind == "state":
            if message["sessionId"] != "main":
                continue
            if not session.take(message):
                line.send(json.dumps({"type": "resync"}))
                continue
            playing = session.head["main"]["playing"]
            track = session.current and session.current["trackId"]
            deeds = [f"{deed['by']} {deed['type']}" for deed in session.head["deeds"]]
            say(event="state", playing=playing, trackId=track, deeds=deeds)
            has_played = has_played or playing
            if has_played and not playing:
                command({"type": "output.remove", "outputId": instance})
                has_played = False
                leaving = number
        elif kind == "closing":
            say(event="closing", reason=message["reason"])
        if kind == "outcome" and number > 2 and int(message["cmdId"].split(".")[1]) == leaving:
            break
    line.close()


main()
