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

    def get(self, path, **query):
        answer = request(self.address, "GET", path + ("?" + urlencode(query) if query else ""),
                         self._credentials())
        assert answer.status == 200, (path, answer)
        return answer.json

    def post(self, path, content=None, expected=200):
        headers, body = self._credentials(), None
        if content is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(content)
        answer = request(self.address, "POST", path, headers, body)
        assert answer.status == expected, (path, answer)
        return answer.json

    def _credentials(self):
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

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

    def pause(self, name):
        return self.post(f"/v1/destinations/{quote(name)}/pause")

    def resume(self, name):
        return self.post(f"/v1/destinations/{quote(name)}/resume")

    def metric(self, name, **labels):
        """The sum of a metric's samples that carry these labels."""
        answer = request(self.address, "GET", "/metrics", self._credentials())
        total = 0.0
        for line in answer.body.decode().splitlines():
            sample = re.fullmatch(re.escape(name) + r"(?:\{(.*)\})? (\S+)", line)
            if sample and all(f'{key}="{value}"' in (sample[1] or "")
                              for key, value in labels.items()):
                total += float(sample[2])
        return total
