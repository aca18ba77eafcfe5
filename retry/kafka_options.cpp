#include "retry/kafka_options.hpp"

#include <algorithm>
#include <array>

namespace spillway::retry {
namespace {

// With their aliases. In order of the alphabet.
constexpr std::array<std::string_view, 51> kSetBySpillway{
    "acks",
    "allow.auto.create.topics",
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "bootstrap.servers",
    "check.crcs",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.partition.eof",
    "fetch.max.bytes",
    "fetch.message.max.bytes",
    "fetch.queue.backoff.ms",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.protocol.type",
    "group.remote.assignor",
    "heartbeat.interval.ms",
    "isolation.level",
    "linger.ms",
    "log.queue",
    "log_level",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "message.max.bytes",
    "message.send.max.retries",
    "message.timeout.ms",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "partitioner",
    "plugin.library.paths",
    "produce.offset.report",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "queue.buffering.max.ms",
    "queued.max.messages.kbytes",
    "queued.min.messages",
    "receive.message.max.bytes",
    "request.required.acks",
    "request.timeout.ms",
    "retries",
    "session.timeout.ms",
    "socket.timeout.ms",
    "transaction.timeout.ms",
    "transactional.id",
};
static_assert(std::ranges::is_sorted(kSetBySpillway));

}  // namespace

bool set_by_spillway(std::string_view property) {
  return std::ranges::binary_search(kSetBySpillway, property);
}

}  // namespace spillway::retry
