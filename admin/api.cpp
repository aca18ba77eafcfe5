#include "admin/api.hpp"

#include <fmt/format.h>

#include "admin/routes.hpp"
#include "admin/shapes.hpp"
#include "core/headers.hpp"
#include "core/log.hpp"
#include "http/problem.hpp"

namespace spillway::admin {
namespace {

// Ten thousand idempotency keys of a usual length.
constexpr std::size_t kBodyBytesMax = std::size_t{2} << 20;

bool has_body(const http::RequestHead& head) {
  return head.find("Transfer-Encoding") || head.find("Content-Length").value_or("0") != "0";
}

// Parameters of the media type are of no matter: JSON is UTF-8.
bool is_json(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  type = type.substr(0, type.find_last_not_of(" \t") + 1);
  return core::equal_ignoring_case(type, "application/json");
}

// Answers hold what senders sent: no browser may guess what that is, or keep it.
http::Response guarded(http::Response response) {
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  return response;
}

std::unexpected<http::Response> refuse(http::Response response) {
  return std::unexpected(guarded(std::move(response)));
}

}  // namespace

std::expected<http::BodyPolicy, http::Response> Api::admit(const http::RequestHead& head) {
  const RouteMatch match = find_route(head.method, head.path);
  const bool open = match.route != nullptr && match.route->access == Route::Access::everybody;
  if (!open) {
    if (const auto allowed = access_.check(head); !allowed) {
      return refuse(error_response(allowed.error()));
    }
  }
  if (match.allowed.empty()) {
    return refuse(http::problem(404, "no such resource; /openapi.json lists those there are"));
  }
  if (match.route == nullptr) {
    return refuse(http::method_not_allowed(match.allowed));
  }
  if (match.route->method == "GET") {
    return http::BodyPolicy{0, context_->memory};
  }
  if (has_body(head) && !is_json(head.find("Content-Type").value_or(""))) {
    return refuse(http::problem(415, "the body is taken as content-type: application/json"));
  }
  return http::BodyPolicy{kBodyBytesMax, context_->memory};
}

http::Awaitable<http::Response> Api::handle(http::Request request) {
  RouteMatch match = find_route(request.head.method, request.head.path);
  auto query = Query::parse(request.head.query, match.route->parameters);
  if (!query) {
    co_return guarded(error_response(query.error()));
  }
  auto answer =
      co_await match.route->endpoint(context_, {.path_values = std::move(match.path_values),
                                                .query = *std::move(query),
                                                .body = std::move(request.body),
                                                .remote = std::move(request.head.remote)});
  if (answer) {
    co_return guarded(*std::move(answer));
  }
  if (answer.error().fault == core::Fault::us) {
    core::log(core::LogLevel::warn, "admin.failed",
              {{"path", request.head.path}, {"error", answer.error().message}});
  }
  co_return guarded(error_response(answer.error()));
}

}  // namespace spillway::admin
