#include "retry/fate_record.hpp"

#include "core/check.hpp"
#include "retry/header_reader.hpp"
#include "retry/spool_record.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <limits>
#include <utility>

namespace spillway::retry {
namespace {

constexpr std::size_t kOutcomes = 4;

void write(std::vector<core::Header>& headers, const core::Attempt& attempt) {
  headers.insert(headers.end(), {{"spillway-attempt", fmt::format("{}", attempt.number)},
                                 {"spillway-started", text_of(attempt.started)},
                                 {"spillway-took", text_of(attempt.took)},
                                 {"spillway-outcome", std::string(to_string(attempt.outcome))},
                                 {"spillway-status", fmt::format("{}", attempt.status)},
                                 {"spillway-error", attempt.error}});
}

core::Attempt read_attempt(HeaderReader& in, std::uint32_t generation) {
  core::Attempt attempt;
  attempt.number = in.count("spillway-attempt");
  attempt.generation = generation;
  attempt.started = in.time("spillway-started");
  attempt.took = in.duration("spillway-took");
  attempt.outcome = in.one_of<core::Outcome>("spillway-outcome", kOutcomes);
  attempt.status = static_cast<std::uint16_t>(
      in.number("spillway-status", std::numeric_limits<std::uint16_t>::max()));
  attempt.error = in.text("spillway-error");
  if (attempt.number == 0) {
    in.refuse("spillway-attempt", "is none");
  }
  return attempt;
}

}  // namespace

SpoolMessage FateRecord::encode() const {
  SpoolMessage message{.key = delivery_key(event, destination),
                       .headers = {{"spillway-event", event.to_string()},
                                   {"spillway-destination", destination},
                                   {"spillway-generation", fmt::format("{}", generation)},
                                   {"spillway-state", std::string(to_string(state))},
                                   {"spillway-reason", std::string(to_string(reason))},
                                   {"spillway-due", text_of(due)},
                                   {"spillway-attempts", fmt::format("{}", attempts)},
                                   {"spillway-worker", worker}},
                       .value = {}};
  if (attempt.number != 0) {
    write(message.headers, attempt);
    message.value = attempt.excerpt;
  }
  return message;
}

core::Result<FateRecord> FateRecord::decode(const SpoolMessage& message) {
  HeaderReader in(message, "fate");
  FateRecord fate;
  fate.event = in.event("spillway-event");
  fate.destination = in.name("spillway-destination");
  fate.generation = in.count("spillway-generation");
  fate.state = in.one_of<core::DeliveryState>("spillway-state", core::kDeliveryStates);
  fate.reason = in.one_of<core::Reason>("spillway-reason", core::kReasons);
  fate.due = in.time("spillway-due");
  fate.attempts = in.count("spillway-attempts");
  fate.worker = in.text("spillway-worker");
  if (in.has("spillway-attempt")) {
    fate.attempt = read_attempt(in, fate.generation);
    fate.attempt.excerpt = message.value;
  } else if (!message.value.empty()) {
    in.refuse("the value", "is an answer to no attempt");
  }
  if (message.key != delivery_key(fate.event, fate.destination)) {
    in.refuse("the key", "is that of another delivery");
  }
  if (auto read = in.finish(); !read) {
    return std::unexpected(std::move(read).error());
  }
  return fate;
}

}  // namespace spillway::retry
