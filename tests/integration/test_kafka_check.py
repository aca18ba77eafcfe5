"""`spillway check --connect` says what is wrong with a cluster, and changes nothing there."""

from harness import cli
from harness.settings import write
from harness.spool import spool_settings


def check(binary, tmp_path, config):
    return cli.run(binary, "check", "--connect", write(tmp_path / "spillway.yaml", config))


def test_a_cluster_is_checked_and_left_alone(binary, make_kafka, sink, tmp_path):
    kafka = make_kafka()
    config = spool_settings(sink, kafka, "n1")
    empty = check(binary, tmp_path, config)
    assert empty.code == 0 and "serve will make the topics" in empty.out, empty
    assert kafka.topics() - {"__consumer_offsets", "__transaction_state"} == set()

    # A topic that would forget what waits.
    kafka.create_topic("spillway-retry-30000", partitions=4, retention_ms=1000)
    wrong = check(binary, tmp_path, config)
    assert wrong.code == 1, wrong
    assert "spillway-retry-30000" in wrong.err and "retention.ms" in wrong.err
    assert "the spool would not run" in wrong.out

    next(iter(kafka.brokers.values())).kill()
    gone = check(binary, tmp_path, config)
    assert gone.code == 3, gone


def test_a_secret_is_not_shown(binary, make_kafka, sink, tmp_path):
    kafka = make_kafka(secure=True)
    config = spool_settings(sink, kafka, "n1")
    config["kafka"] |= {"brokers": kafka.secure_bootstrap,
                        "properties": kafka.secure_properties | {"sasl.password": "not this one"}}
    refused = check(binary, tmp_path, config)
    assert refused.code == 3, refused
    assert "not this one" not in refused.out + refused.err
    config["kafka"]["properties"] = kafka.secure_properties
    assert check(binary, tmp_path, config).code == 0
