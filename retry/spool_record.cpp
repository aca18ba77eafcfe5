#include "retry/spool_record.hpp"

#include "http/grammar.hpp"
#include "retry/header_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace spillway::retry {
namespace {

// What stands before the name of a header that was kept from the sender.
constexpr std::string_view kKeptPrefix = "h-";

bool is_header(std::string_view name, std::string_view value) {
  return !name.empty() && std::ranges::all_of(name, http::is_token_char) &&
         std::ranges::all_of(value, http::is_field_char);
}

}  // namespace

std::string delivery_key(const core::EventId& event, std::string_view destination) {
  return event.to_string().append("/").append(destination);
}

SpoolRecord SpoolRecord::of(core::EventPtr event, std::string destination,
                            const journal::DeliveryRecord& delivery, std::string node) {
  SpoolRecord record;
  record.event = std::move(event);
  record.destination = std::move(destination);
  record.generation = delivery.generation;
  record.attempts = delivery.attempts;
  record.opened = delivery.opened;
  record.due = delivery.due;
  record.node = std::move(node);
  return record;
}

SpoolMessage SpoolRecord::encode() const {
  SpoolMessage message{.key = delivery_key(event->id, destination),
                       .headers = {{"spillway-event", event->id.to_string()},
                                   {"spillway-destination", destination},
                                   {"spillway-generation", fmt::format("{}", generation)},
                                   {"spillway-hop", fmt::format("{}", hop)},
                                   {"spillway-attempts", fmt::format("{}", attempts)},
                                   {"spillway-opened", text_of(opened)},
                                   {"spillway-paused", text_of(paused)},
                                   {"spillway-due", text_of(due)},
                                   {"spillway-node", node},
                                   {"spillway-source", event->source},
                                   {"spillway-received", text_of(event->received)},
                                   {"spillway-untouched", event->untouched ? "1" : "0"}},
                       .value = event->body};
  for (const core::Header& header : event->headers) {
    message.headers.push_back({std::string(kKeptPrefix).append(header.name), header.value});
  }
  return message;
}

core::Result<SpoolRecord> SpoolRecord::decode(SpoolMessage message) {
  HeaderReader in(message, "spooled delivery");
  core::Event event;
  SpoolRecord record;
  event.id = in.event("spillway-event");
  record.destination = in.name("spillway-destination");
  record.generation = in.count("spillway-generation");
  record.hop = in.count("spillway-hop");
  record.attempts = in.count("spillway-attempts");
  record.opened = in.time("spillway-opened");
  record.paused = in.duration("spillway-paused");
  record.due = in.time("spillway-due");
  record.node = in.text("spillway-node");
  event.source = in.text("spillway-source");
  event.received = in.time("spillway-received");
  event.untouched = in.flag("spillway-untouched");
  if (message.key != delivery_key(event.id, record.destination)) {
    in.refuse("the key", "is that of another delivery");
  }
  if (auto read = in.finish(); !read) {
    return std::unexpected(std::move(read).error());
  }
  for (core::Header& header : message.headers) {
    if (!header.name.starts_with(kKeptPrefix)) {
      continue;
    }
    header.name.erase(0, kKeptPrefix.size());
    if (!is_header(header.name, header.value)) {
      return core::fail(core::ErrorCode::corrupt,
                        "spooled delivery: a kept header is none that HTTP allows");
    }
    event.headers.push_back(std::move(header));
  }
  event.body = std::move(message.value);
  record.event = std::make_shared<const core::Event>(std::move(event));
  return record;
}

}  // namespace spillway::retry
