"""The adapter to Kafka alone against brokers that stop, hang, or want to know who it is."""

import pytest

from harness.adapter import AdapterCase
from harness.kafka import PASSWORD

RETRY_TOPIC = "retry-30000"


@pytest.fixture
def breaking_case(make_kafka, request):
    """breaking_case(name) → the case that ran on a broker of its own, which it breaks."""
    return lambda name: AdapterCase(make_kafka(), "spool").run(name)


@pytest.mark.parametrize("name", [
    "takes_no_more_than_its_queue_holds",
    "what_is_not_there_by_the_end_is_called_back",
])
def test_the_writer_on_a_broker_that_hangs(breaking_case, name):
    breaking_case(f"RecordProducerCase.{name}")


def test_the_writer_across_an_outage(breaking_case):
    done = breaking_case("RecordProducerCase.goes_on_after_an_outage")
    assert {record.key for record in done.read(RETRY_TOPIC)} >= {b"before", b"after"}


@pytest.mark.parametrize("name", ["goes_on_after_an_outage", "leaving_waits_for_no_broker"])
def test_the_group_across_an_outage(breaking_case, name):
    breaking_case(f"RetryLogCase.{name}")


def test_the_reader_across_an_outage(breaking_case):
    breaking_case("TopicReaderCase.goes_on_after_an_outage")


def test_tls_and_passwords(make_kafka):
    kafka = make_kafka(secure=True)
    properties = kafka.secure_properties

    def run(name, prefix, **changed):
        case = AdapterCase(kafka, prefix, kafka.secure_bootstrap, properties | changed)
        return case.run(name)

    written = run("RecordProducerCase.writes_keys_headers_and_values", "written")
    assert len(written.read(RETRY_TOPIC)) == 3
    outputs = [written.output] + [run(name, prefix).output for name, prefix in [
        ("RetryLogCase.what_another_reads_goes_on_where_it_was_committed", "group"),
        ("TopicReaderCase.an_empty_partition_is_caught_up_with", "reader")]]
    # With everything that the library has to tell about it.
    wrong = run("WrongPassword.takes_nothing", "wrong",
                **{"sasl.password": "another password", "debug": "security,conf"}).output
    assert "uthentication failed" in wrong
    for output in [*outputs, wrong]:
        assert PASSWORD not in output
        assert "another password" not in output
