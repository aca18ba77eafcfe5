"""The admin API as the tests use it (admin/openapi.json)."""

import json
import re
from urllib.parse import quote, urlencode

from harness.http import request


class Admin:
    def __init__(self, address, token=None):
        self.address = address
        self.token = token

    @property
    def url(self):
        return "http://{}:{}".format(*self.address)

    def ask(self, method, path, content=None, token=None):
        """Whatever it is answered with; `token`: another one than the node's first."""
        headers, body = {}, None
        if token or self.token:
            headers["Authorization"] = f"Bearer {token or self.token}"
        if content is not None:
            headers["Content-Type"], body = "application/json", json.dumps(content)
        return request(self.address, method, path, headers, body)

    def get(self, path, **query):
        answer = self.ask("GET", path + ("?" + urlencode(query) if query else ""))
        assert answer.status == 200, (path, answer)
        return answer.json

    def post(self, path, content=None, expected=200):
        answer = self.ask("POST", path, content)
        assert answer.status == expected, (path, answer)
        return answer.json

    def counts(self, destination):
        """The deliveries of a destination by state; `accepted` is their sum."""
        return self.get("/v1/audit")["destinations"].get(
            destination, dict.fromkeys(("accepted", "pending", "delivered", "dead", "expired"), 0))

    def audit(self):
        """The books, proven by reading the whole journal; fails if they do not balance."""
        report = self.get("/v1/audit", scan="true")
        assert report["balanced"] and report["unaccounted"] == 0, report
        assert report["scan"]["problem_count"] == 0, report["scan"]
        return report

    def event(self, event_id):
        return self.get(f"/v1/events/{event_id}")

    def delivery(self, event_id, destination):
        return next(delivery for delivery in self.event(event_id)["deliveries"]
                    if delivery["destination"] == destination)

    def destination(self, name):
        return next(known for known in self.get("/v1/destinations")["destinations"]
                    if known["name"] == name)

    def attempts(self, name):
        """The latest to a destination that the node's process made, newest first."""
        return self.get(f"/v1/destinations/{quote(name)}/attempts")["attempts"]

    def pause(self, name):
        return self.post(f"/v1/destinations/{quote(name)}/pause")

    def resume(self, name):
        return self.post(f"/v1/destinations/{quote(name)}/resume")

    def metric(self, name, **labels):
        """The sum of a metric's samples that carry these labels."""
        answer = self.ask("GET", "/metrics")
        total = 0.0
        for line in answer.body.decode().splitlines():
            sample = re.fullmatch(re.escape(name) + r"(?:\{(.*)\})? (\S+)", line)
            if sample and all(f'{key}="{value}"' in (sample[1] or "")
                              for key, value in labels.items()):
                total += float(sample[2])
        return total
