"""The adapter to Kafka alone against a real broker that is well, each case in topics of its own."""

import pytest

from harness.adapter import AdapterCase

RETRY_TOPIC = "retry-30000"


@pytest.fixture
def case(kafka, request):
    """case(name) → the Case that ran on the broker all share."""
    return lambda name: AdapterCase(kafka, request.node.name.replace("[", "-").strip("]")).run(name)


def test_messages_are_written_with_keys_and_headers(case):
    records = case("RecordProducerCase.writes_keys_headers_and_values").read(RETRY_TOPIC)
    headers = [("spillway-hop", b"0"), ("h-x-shop", "ä".encode()), ("h-empty", b"")]
    assert all(record.headers == headers for record in records)
    assert {record.key: record.value for record in records} == {
        b"k1": b"body one", b"k2": None, b"k3": b"body three"}
    assert next(record for record in records if record.key == b"k3").partition == 1


@pytest.mark.parametrize("name", [
    "takes_nothing_while_no_broker_is_known",
    "a_message_that_is_too_large_is_refused_and_others_are_taken",
])
def test_the_writer(case, name):
    case(f"RecordProducerCase.{name}")


def test_a_transaction_and_where_it_was_come_back(case):
    done = case("RetryLogCase.what_was_committed_comes_back")
    assert "kafka.messages_gone" not in done.output
    assert [(record.partition, record.key, record.value, record.headers)
            for record in done.read("ledger")] == [
                (1, b"fate", b"f", [("spillway-state", b"delivered")])]


def test_a_transaction_is_all_or_nothing(case):
    done = case("RetryLogCase.a_transaction_with_a_message_that_is_too_large_leaves_nothing")
    assert len(done.read("ledger")) == 1
    assert done.read("dlt") == []


@pytest.mark.parametrize("name", [
    "two_members_share_and_one_that_leaves_is_missed_at_once",
    "what_another_reads_goes_on_where_it_was_committed",
    "a_paused_partition_waits_and_the_others_go_on",
    "a_pause_outlasts_the_coming_and_going_of_others",
])
def test_the_group(case, name):
    case(f"RetryLogCase.{name}")


def test_messages_that_are_gone(case):
    done = case("RetryLogCase.what_is_gone_is_an_error_in_the_log")
    assert done.output.count("error kafka.messages_gone") == 1


def test_a_worker_that_was_replaced(case):
    done = case("RetryLogCase.a_replaced_worker_gets_a_conflict_and_joins_anew")
    assert len(done.read("ledger")) == 1  # of two commits


@pytest.mark.parametrize("name", [
    "an_empty_partition_is_caught_up_with",
    "reads_from_the_beginning_or_from_where_it_is_told",
    "a_transaction_at_the_end_is_caught_up_with",
    "what_is_gone_is_told_once_and_reading_goes_on",
])
def test_the_reader(case, name):
    case(f"TopicReaderCase.{name}")


def test_topics_are_made_as_they_must_be(case):
    done = case("KafkaTopics.are_made_once_and_found_without_fault")
    retry = done.kafka.describe(f"{done.prefix}-{RETRY_TOPIC}")
    assert len(retry.partitions) == 2
    assert retry.settings["retention.ms"] == "-1"
    assert retry.settings["message.timestamp.type"] == "LogAppendTime"
    assert int(retry.settings["max.message.bytes"]) == (4 << 20) + (128 << 10)
    control = done.kafka.describe(f"{done.prefix}-control")
    assert len(control.partitions) == 1
    assert control.settings["cleanup.policy"] == "compact"


def test_faults_of_topics_are_told(kafka):
    kafka.create_topic(f"faulty-{RETRY_TOPIC}", 2)
    kafka.create_topic("faulty-ledger", 3, message_timestamp_type="LogAppendTime")
    AdapterCase(kafka, "faulty").run("KafkaTopics.faults_of_those_there_are_told")


@pytest.mark.parametrize("name", [
    "more_replicas_than_brokers_are_refused_in_words",
    "a_cluster_that_is_not_there_is_told_in_time",
])
def test_a_cluster_that_cannot_have_them(case, name):
    case(f"KafkaTopics.{name}")
