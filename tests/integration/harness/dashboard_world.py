"""The node that the dashboard is tried on: a destination that takes everything, one that refuses,
one that is gone and one that keeps an order, and what became of a few events."""

from harness.admin import Admin
from harness.http import post
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.waiting import eventually

OPERATOR = "token-of-the-operator"
VIEWER = "token-of-the-viewer"
CUSTOMERS = 4


class DashboardWorld:
    SENT = 12  # events
    DEAD = SENT  # all of them at the picky destination

    def __init__(self, make_node, make_sink):
        self.good, self.picky, self.gone = make_sink(), make_sink(), make_sink()
        self.picky.respond = lambda arrival: Reply(400, body=b'{"error": "no such field"}')
        self.gone.down()
        self._sent = 0
        self.events = []  # their ids
        # A test gives it a wrong configuration.
        self.node = make_node(self._settings("127.0.0.1:0"), expected_errors=("config.refused",))
        self._start()
        self.send(self.SENT)
        eventually(lambda: self.admin.counts("picky")["dead"] == self.DEAD, 20, "the dead letters")
        eventually(lambda: self.admin.counts("good")["delivered"] == self.SENT, 20, "delivered")

    def _settings(self, address):
        return settings(
            sources={"shop": shop_source()},
            destinations={
                "good": destination(self.good.url),
                "picky": destination(self.picky.url, retry={"on_4xx": "dead"}),
                "gone": destination(self.gone.url, order="per_key",
                                    ordering_key={"json": "/customer"}),
                "idle": destination(self.good.url)},
            routes=[route("shop", "good", "picky", "gone")],
            admin={"address": address, "tokens": [
                {"name": "oncall", "token": OPERATOR},
                {"name": "watcher", "role": "viewer", "token": VIEWER}]})

    def _start(self):
        self.node.start()
        self.node.admin.token = OPERATOR

    def restart(self, port):
        """Under the address that the browser knows."""
        self.node.rewrite(self._settings(f"127.0.0.1:{port}"))
        self._start()

    @property
    def admin(self) -> Admin:
        return self.node.admin

    @property
    def url(self):
        return self.admin.url

    def send(self, count):
        """So many events, three deliveries each."""
        for _ in range(count):
            body = f'{{"id":"unit-{self._sent}","customer":"customer-{self._sent % CUSTOMERS}"}}'
            answer = post(self.node.ingest, shop_event(f"unit-{self._sent}", body=body.encode()))
            assert answer.status == 202, answer
            self.events.append(answer.event_id)
            self._sent += 1

    def units_of(self, customer):
        """The numbers of that customer's events."""
        return [number for number in range(self._sent) if number % CUSTOMERS == customer]
