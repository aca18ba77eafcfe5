// GET /v1/destinations/{name}/attempts: how the destination answered of late, out of this process's
// memory. What it answered with stands in the journal, where a purge finds it.
#include <algorithm>
#include <map>
#include <vector>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using core::JsonWriter;
using delivery::RecentAttempt;

namespace {

// Empty: the event is another node's, its retention has passed, or its outcome is not yet written.
core::Result<std::vector<core::Attempt>> read_attempts(const JournalView& view,
                                                       const core::EventId& event,
                                                       journal::DestinationNumber destination) {
  const auto sequence = view.reader().sequence_of(event);
  if (!sequence) {
    return std::unexpected(sequence.error());
  }
  return *sequence ? view.reader().attempts({**sequence, destination})
                   : core::Result<std::vector<core::Attempt>>();
}

core::Result<void> add_excerpts(const JournalView& view, journal::DestinationNumber destination,
                                std::vector<RecentAttempt>& recent) {
  std::map<core::EventId, std::vector<core::Attempt>> written;
  for (RecentAttempt& told : recent) {
    auto known = written.find(told.event);
    if (known == written.end()) {
      auto read = read_attempts(view, told.event, destination);
      if (!read) {
        return std::unexpected(std::move(read).error());
      }
      known = written.emplace(told.event, *std::move(read)).first;
    }
    const auto found = std::ranges::find_if(known->second, [&told](const core::Attempt& attempt) {
      return attempt.generation == told.attempt.generation && attempt.number == told.attempt.number;
    });
    if (found != known->second.end()) {
      told.attempt.excerpt = found->excerpt;
    }
  }
  return {};
}

}  // namespace

Answer get_recent_attempts(AdminContext* context, Call call) {
  const auto attempts = co_await read_journal(
      context,
      [context, name = std::move(call.path_values.front()), role = call.asker.role](
          const JournalView& view) -> core::Result<std::vector<RecentAttempt>> {
        const auto destination = view.destination(name);
        if (!destination) {
          return std::unexpected(destination.error());
        }
        std::vector<RecentAttempt> recent = context->attempts.newest_first(name);
        if (role == Role::operating) {
          if (auto added = add_excerpts(view, *destination, recent); !added) {
            return std::unexpected(std::move(added).error());
          }
        }
        return recent;
      });
  if (!attempts) {
    co_return std::unexpected(attempts.error());
  }
  JsonWriter json;
  json.begin_object();
  json.key("attempts").begin_array();
  for (const RecentAttempt& recent : *attempts) {
    json.begin_object();
    json.key("event_id").value(recent.event.to_string());
    write_attempt_members(json, recent.attempt, call.asker.role);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return json_response(std::move(json));
}

}  // namespace spillway::admin
