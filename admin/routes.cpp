#include "admin/routes.hpp"

#include <optional>

#include "core/percent_encoding.hpp"

namespace spillway::admin {
namespace {

// Takes the next segment off a path; the path begins with its '/'.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> values;
  while (pattern.starts_with('/') && path.starts_with('/')) {
    const std::string_view expected = take_segment(pattern);
    const std::string_view found = take_segment(path);
    if (expected.starts_with('{') && !found.empty()) {
      auto value = core::percent_decoded(found);
      if (!value) {
        return std::nullopt;
      }
      values.push_back(*std::move(value));
    } else if (expected != found) {
      return std::nullopt;
    }
  }
  return pattern.empty() && path.empty() ? std::optional(std::move(values)) : std::nullopt;
}

}  // namespace

std::span<const Route> routes() {
  using enum Route::Access;
  static const std::vector<Route> kRoutes{
      {"GET", "/healthz", {}, get_health, everybody},
      {"GET", "/readyz", {}, get_readiness, everybody},
      {"GET", "/", {}, get_dashboard, everybody},
      {"GET", "/assets/{file}", {}, get_dashboard, everybody},
      {"GET", "/metrics", {}, get_metrics},
      {"GET", "/openapi.json", {}, get_openapi},
      {"POST", "/v1/session", {}, begin_session, guests, "session.begin"},
      {"GET", "/v1/session", {}, get_session},
      {"DELETE", "/v1/session", {}, end_session, viewers, "session.end"},
      {"GET", "/v1/summary", {}, get_summary},
      {"GET", "/v1/stream", {}, get_stream},
      {"GET", "/v1/history", {"destination"}, get_history},
      {"GET", "/v1/config", {}, get_config},
      {"POST", "/v1/config/reload", {}, reload_config, operators, "config.reload"},
      {"GET", "/v1/nodes", {}, get_nodes},
      {"POST", "/v1/nodes/{tag}/forget", {}, forget_node, operators, "node.forget"},
      {"GET",
       "/v1/events",
       {"source", "destination", "state", "idempotency_key", "ordering_key", "from", "to", "limit",
        "cursor"},
       get_events},
      {"GET", "/v1/events/{event_id}", {}, get_event},
      {"GET", "/v1/events/{event_id}/body", {}, get_event_body, operators},
      {"POST", "/v1/events/{event_id}/replay", {}, replay_event, operators, "event.replay"},
      {"GET", "/v1/dead", {"destination", "state", "reason", "limit", "cursor"}, get_dead},
      {"POST", "/v1/dead/replay", {}, replay_dead, operators, "dead.replay"},
      {"POST", "/v1/dead/drop", {}, drop_dead, operators, "dead.drop"},
      {"POST", "/v1/purge", {}, purge_events, operators, "purge"},
      {"GET", "/v1/jobs", {}, get_jobs},
      {"GET", "/v1/jobs/{id}", {}, get_job},
      {"POST", "/v1/jobs/{id}/cancel", {}, cancel_job, operators, "job.cancel"},
      {"GET", "/v1/destinations", {}, get_destinations},
      {"GET", "/v1/destinations/{name}/attempts", {}, get_recent_attempts},
      {"POST",
       "/v1/destinations/{name}/pause",
       {},
       pause_destination,
       operators,
       "destination.pause"},
      {"POST",
       "/v1/destinations/{name}/resume",
       {},
       resume_destination,
       operators,
       "destination.resume"},
      {"POST", "/v1/destinations/{name}/test", {}, test_destination, operators, "destination.test"},
      {"GET", "/v1/actions", {"limit", "cursor"}, get_actions},
      {"POST", "/v1/reconcile", {}, reconcile},
      {"GET", "/v1/digest", {"destination", "from", "to", "bucket", "cursor"}, get_digest},
      {"GET",
       "/v1/digest/events",
       {"destination", "from", "to", "limit", "cursor"},
       get_digest_events},
      {"GET", "/v1/audit", {"scan"}, get_audit},
      {"POST", "/v1/checkpoint", {"replace"}, make_checkpoint, operators, "checkpoint.make"},
      {"DELETE", "/v1/checkpoint/{name}", {}, remove_checkpoint, operators, "checkpoint.remove"},
  };
  return kRoutes;
}

RouteMatch find_route(std::string_view method, std::string_view path) {
  RouteMatch result;
  for (const Route& route : routes()) {
    auto values = match(route.path, path);
    if (!values) {
      continue;
    }
    const bool get = route.method == "GET";
    if (route.method == method || (get && method == "HEAD")) {
      result.route = &route;
      result.path_values = *std::move(values);
    }
    if (!result.allowed.empty()) {
      result.allowed += ", ";
    }
    result.allowed += get ? "GET, HEAD" : route.method;
  }
  return result;
}

}  // namespace spillway::admin
