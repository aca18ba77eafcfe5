"""Two nodes that may ask each other: whichever is asked answers for both, what is asked of one
holds on both, and where one is gone the other says so."""

from harness import cli
from harness.http import post
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.spool import kafka_section, start_cluster
from harness.waiting import eventually

TOKEN = "the-token-of-whoever-is-on-call"
VIEWER = "the-token-of-whoever-looks-on"
SILENT_WITHIN = 60  # a lease is 30 s


def peer_settings(client, kafka, name):
    return settings(
        sources={"shop": shop_source()},
        destinations={"client": destination(client.url, retry={"on_4xx": "dead"})},
        routes=[route("shop", "client")], node=name, kafka=kafka_section(kafka),
        admin={"tokens": [{"name": "oncall", "token": TOKEN},
                          {"name": "watcher", "role": "viewer", "token": VIEWER}],
               "peers": {"secret": "a secret that the nodes of this cluster share"}})


def accept(node, *units):
    return [post(node.ingest, shop_event(unit)).event_id for unit in units]


def fates(answer):
    return [result["fate"] for result in answer.json["results"]]


def test_each_answers_for_both(make_node, make_kafka, make_sink):
    kafka, client = make_kafka(), make_sink()
    client.respond = lambda arrival: Reply(404)
    owner, other = start_cluster(make_node, lambda name: peer_settings(client, kafka, name),
                                 ("n1", "n2"))
    ids = accept(owner, "a", "b", "c")
    elsewhere = accept(other, "d")
    eventually(lambda: owner.admin.counts("client")["dead"] == 3 and
               other.admin.counts("client")["dead"] == 1, 10, "all are dead")
    eventually(lambda: len(other.admin.get("/v1/nodes")["nodes"]) == 2 and
               len(owner.admin.get("/v1/nodes")["nodes"]) == 2, 10, "both know each other")
    event_path = f"/v1/events/{ids[0]}"

    # An event's fate, body and replay.
    answer = other.admin.ask("GET", event_path)
    assert answer.status == 200 and answer.headers["spillway-answered-by"] == "n1"
    assert answer.json["deliveries"] == owner.admin.event(ids[0])["deliveries"]
    assert other.admin.ask("GET", event_path + "/body").body == shop_event("a").body
    shown = cli.run(other.binary, "events", "show", ids[0], SPILLWAY_ADMIN=other.admin.url,
                    SPILLWAY_TOKEN=TOKEN)
    assert shown.code == 0 and ids[0] in shown.out
    client.respond = lambda arrival: Reply(200)
    assert other.admin.post(event_path + "/replay")["reopened"][0]["destination"] == "client"
    eventually(lambda: owner.admin.counts("client")["delivered"] == 1, 10, "it is delivered")
    unknown = ids[0][:-12] + "000000000000"
    assert other.admin.ask("GET", f"/v1/events/{unknown}").status == 404

    # Who asks stays who it is: a viewer sees no body, anywhere.
    assert other.admin.ask("GET", event_path, token=VIEWER).status == 200
    assert other.admin.ask("GET", event_path + "/body", token=VIEWER).status == 403
    assert other.admin.ask("POST", event_path + "/replay", {}, token=VIEWER).status == 403

    # A list of keys, wherever they were accepted.
    asked = {"source": "shop", "idempotency_keys": ["a", "d", "nobody's"]}
    for node in (owner, other):
        answer = node.admin.ask("POST", "/v1/reconcile", asked)
        assert fates(answer) == ["known", "known", "unknown"], answer
        assert answer.json["results"][1]["events"][0]["event_id"] == elsewhere[0]

    # A purge asked of one holds on both.
    for unit in ("b", "d"):
        done = cli.run(other.binary, "purge", "--source", "shop", "--key", unit, "--yes", "--wait",
                       SPILLWAY_ADMIN=other.admin.url, SPILLWAY_TOKEN=TOKEN)
        assert done.code == 0, done
    eventually(lambda: owner.admin.counts("client")["purged"] == 1 and
               other.admin.counts("client")["purged"] == 1, 10, "each has purged its own")
    jobs = owner.admin.get("/v1/jobs")["jobs"]
    assert [job["asked_by"] for job in jobs] == ["oncall by n2"] * 2, jobs

    # Where one is gone.
    owner.kill()
    eventually(lambda: any(node["state"] != "alive" for node in
                           other.admin.get("/v1/nodes")["nodes"]), SILENT_WITHIN, "n1 is silent")
    answer = other.admin.ask("GET", event_path)
    assert answer.status == 503 and "n1" in answer.json["detail"], answer
    answer = other.admin.ask("POST", "/v1/reconcile", asked)
    assert fates(answer) == ["not_answered", "known", "not_answered"], answer
    purge = {"filter": {"source": "shop", "idempotency_key": "c"}}
    answer = other.admin.ask("POST", "/v1/purge", purge)
    assert answer.status == 202
    assert [(node["node"], node["done"]) for node in answer.json["nodes"]] == [("n1", False)]

    # Until somebody says that it will not be back.
    eventually(lambda: "adopted" in [node["state"] for node in
                                     other.admin.get("/v1/nodes")["nodes"]], 30, "taken over")
    forgotten = cli.run(other.binary, "nodes", "forget", "n1", SPILLWAY_ADMIN=other.admin.url,
                        SPILLWAY_TOKEN=TOKEN)
    assert forgotten.code == 0, forgotten
    eventually(lambda: len(other.admin.get("/v1/nodes")["nodes"]) == 1, 10, "it is left out")
    assert fates(other.admin.ask("POST", "/v1/reconcile", asked)) == ["unknown", "known", "unknown"]
