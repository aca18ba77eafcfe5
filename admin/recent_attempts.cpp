// GET /v1/destinations/{name}/attempts: how the destination answered of late, out of this process's
// memory. The journal only says whether there is one of that name.
#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using core::JsonWriter;

Answer get_recent_attempts(AdminContext* context, Call call) {
  const std::string name = std::move(call.path_values.front());
  const auto known = co_await read_journal(
      context, [name](const JournalView& view) { return view.destination(name); });
  if (!known) {
    co_return std::unexpected(known.error());
  }
  JsonWriter json;
  json.begin_object();
  json.key("attempts").begin_array();
  for (const delivery::RecentAttempt& recent : context->attempts.newest_first(name)) {
    json.begin_object();
    json.key("event_id").value(recent.event.to_string());
    write_attempt_members(json, recent.attempt);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return json_response(std::move(json));
}

}  // namespace spillway::admin
