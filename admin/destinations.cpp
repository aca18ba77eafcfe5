// Destinations: how each is doing, pausing and resuming them.
#include <fmt/format.h>

#include <map>

#include "admin/awaiting.hpp"
#include "admin/backlog.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/operations.hpp"
#include "admin/request_json.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using core::JsonWriter;

namespace {

void write_destination(JsonWriter& json, const DestinationBacklog& backlog,
                       const DestinationStatus* configured, core::Time now) {
  const bool paused = backlog.record.paused();
  json.begin_object();
  json.key("name").value(backlog.name);
  json.key("url");
  write_text(json, configured == nullptr ? "" : configured->url);
  json.key("orphaned").value(configured == nullptr);
  json.key("state").value(paused ? "paused" : "running");
  json.key("paused_since");
  write_time(json, paused ? std::optional(backlog.record.paused_since) : std::nullopt);
  json.key("pause_reason");
  write_text(json, backlog.record.pause_reason);
  json.key("in_flight").value(configured == nullptr ? 0 : configured->in_flight);
  json.key("oldest_pending_seconds");
  write_seconds(
      json, backlog.oldest_pending ? std::optional(now - *backlog.oldest_pending) : std::nullopt);
  json.key("deliveries").begin_object();
  write_counts(json, backlog.counts);
  json.end_object();
  json.end_object();
}

core::Result<NamedNumber> named(const JournalView& view, const std::string& name) {
  const auto number = view.destination(name);
  if (!number) {
    return std::unexpected(number.error());
  }
  if (*number == journal::kNoDestination) {
    return conflict("\"-\" stands for events without a route; nothing is sent to it");
  }
  return NamedNumber{*number, name};
}

Answer change_pause(AdminContext* context, std::string name,
                    std::optional<std::string> pause_reason, ActionNote* note) {
  const auto destination = co_await read_journal(
      context, [name = std::move(name)](const JournalView& view) { return named(view, name); });
  if (!destination) {
    co_return std::unexpected(destination.error());
  }
  const auto changed = co_await set_paused(context, *destination, pause_reason);
  if (!changed) {
    co_return std::unexpected(changed.error());
  }
  note->detail = *changed ? pause_reason.value_or("") : "it was so already";
  JsonWriter json;
  json.begin_object();
  json.key("name").value(destination->name);
  json.key("state").value(pause_reason ? "paused" : "running");
  json.key("changed").value(*changed);
  json.end_object();
  co_return json_response(std::move(json));
}

}  // namespace

Answer get_destinations(AdminContext* context, Call) {
  std::map<std::string, DestinationStatus, std::less<>> configured;
  for (DestinationStatus& status : context->delivery.destinations()) {
    configured.emplace(status.name, std::move(status));
  }
  const auto backlogs = co_await read_journal(context, [context](const JournalView& view) {
    return read_backlogs(view, context->writer.totals());
  });
  if (!backlogs) {
    co_return std::unexpected(backlogs.error());
  }
  JsonWriter json;
  json.begin_object();
  json.key("destinations").begin_array();
  for (const DestinationBacklog& backlog : *backlogs) {
    const auto found = configured.find(backlog.name);
    const DestinationStatus* status = found == configured.end() ? nullptr : &found->second;
    const bool known = backlog.name != kNoDestinationName;
    // A name that is not configured and has no deliveries is only a number in the journal.
    if (known && (status != nullptr || backlog.counts != journal::Counts{})) {
      write_destination(json, backlog, status, context->clock.now());
    }
  }
  json.end_array();
  json.end_object();
  co_return json_response(std::move(json));
}

Answer pause_destination(AdminContext* context, Call call) {
  const auto reason = read_optional_string(call.body, "reason");
  if (!reason) {
    co_return std::unexpected(reason.error());
  }
  auto answer = co_await change_pause(context, std::move(call.path_values.front()),
                                      reason->value_or("paused by an operator"), call.note);
  co_return answer;
}

Answer resume_destination(AdminContext* context, Call call) {
  if (const auto nothing = read_nothing(call.body); !nothing) {
    co_return std::unexpected(nothing.error());
  }
  auto answer =
      co_await change_pause(context, std::move(call.path_values.front()), std::nullopt, call.note);
  co_return answer;
}

}  // namespace spillway::admin
