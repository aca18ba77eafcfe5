#include "admin/api.hpp"

#include <fmt/format.h>

#include "admin/actions.hpp"
#include "admin/errors.hpp"
#include "admin/node_pass.hpp"
#include "admin/shapes.hpp"
#include "admin/wrong_token.hpp"
#include "core/headers.hpp"
#include "core/log.hpp"
#include "http/problem.hpp"

namespace spillway::admin {
namespace {

// Ten thousand idempotency keys of a usual length.
constexpr std::size_t kBodyBytesMax = std::size_t{2} << 20;
// Of whoever has shown no token yet: one in a few members.
constexpr std::size_t kGuestBytesMax = std::size_t{8} << 10;

bool has_body(const http::RequestHead& head) {
  return head.find("Transfer-Encoding") || head.find("Content-Length").value_or("0") != "0";
}

// Parameters of the media type are of no matter: JSON is UTF-8.
bool is_json(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  type = type.substr(0, type.find_last_not_of(" \t") + 1);
  return core::equal_ignoring_case(type, "application/json");
}

// Answers hold what senders sent: no browser may guess what that is, or keep it, but for what is
// the same for everybody and says so.
http::Response guarded(http::Response response) {
  if (!core::find_header(response.headers, "Cache-Control")) {
    response.headers.push_back({"Cache-Control", "no-store"});
  }
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  return response;
}

std::unexpected<http::Response> refuse(http::Response response) {
  return std::unexpected(guarded(std::move(response)));
}

}  // namespace

std::expected<http::BodyPolicy, http::Response> Api::admit(const http::RequestHead& head) {
  const RouteMatch match = find_route(head.method, head.path);
  if (auto asker = let_in(match.route, head); !asker) {
    return refuse(std::move(asker).error());
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
  const bool guest = match.route->access == Route::Access::guests;
  return http::BodyPolicy{guest ? kGuestBytesMax : kBodyBytesMax, context_->memory};
}

// What there is only holders of a token are told, so a route that does not exist is theirs too.
std::expected<Asker, http::Response> Api::let_in(const Route* route,
                                                 const http::RequestHead& head) {
  const Route::Access wanted = route == nullptr ? Route::Access::viewers : route->access;
  if (wanted == Route::Access::everybody) {
    return Asker{};
  }
  if (const auto allowed = context_->access.check_page(head); !allowed) {
    return std::unexpected(error_response(allowed.error()));
  }
  if (wanted == Route::Access::guests) {
    return Asker{};
  }
  const core::Time now = context_->clock.now();
  auto asker = context_->access.identify(head, *context_->sessions, now);
  if (!asker) {
    return std::unexpected(context_->access.brings_wrong_token(head)
                               ? refuse_wrong_token(*context_, head.remote)
                               : error_response(asker.error()));
  }
  if (wanted == Route::Access::operators && asker->role != Role::operating) {
    context_->refusals->beyond_role(*asker, head.remote,
                                    fmt::format("{} {}", route->method, route->path), now);
    return std::unexpected(http::problem(
        403, fmt::format("\"{}\" has the role viewer; this takes the role operator", asker->name)));
  }
  return *std::move(asker);
}

http::Awaitable<http::Response> Api::handle(http::Request request) {
  RouteMatch match = find_route(request.head.method, request.head.path);
  // Once more: the session may have ended while the body was on its way.
  auto asker = let_in(match.route, request.head);
  if (!asker) {
    co_return guarded(std::move(asker).error());
  }
  if (asker->via == Asker::Via::node &&
      request.head.find(kDigestHeader) != content_digest(request.body)) {
    co_return guarded(error_response(unauthenticated("the body is not what was signed").error()));
  }
  auto query = Query::parse(request.head.query, match.route->parameters);
  if (!query) {
    co_return guarded(error_response(query.error()));
  }
  ActionNote note;
  ActionRecord action{.who = asker->name,
                      .role = asker->role,
                      .remote = request.head.remote,
                      .action = std::string(match.route->action),
                      .target = match.path_values.empty() ? "" : match.path_values.front()};
  auto answer =
      co_await match.route->endpoint(context_, {.path_values = std::move(match.path_values),
                                                .query = *std::move(query),
                                                .body = std::move(request.body),
                                                .head = request.head,
                                                .asker = *std::move(asker),
                                                .note = &note});
  if (!match.route->action.empty()) {
    answer =
        co_await put_on_record(context_, std::move(action), std::move(note), std::move(answer));
  }
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
