#include "app/admin_client.hpp"

#include <fmt/format.h>

#include <utility>

#include "admin/access.hpp"
#include "app/run_task.hpp"
#include "routing/json_document.hpp"

namespace spillway::app {
namespace {

using core::ErrorCode;

ErrorCode code_of(int status) {
  switch (status) {
    case 400:
    case 405:
    case 413:
    case 415:
    case 422:
      return ErrorCode::invalid_argument;
    case 401:
      return ErrorCode::unauthenticated;
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_found;
    case 409:
      return ErrorCode::conflict;
    case 429:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::io;
  }
}

}  // namespace

core::Result<std::unique_ptr<AdminClient>> AdminClient::open(AdminClientOptions options) {
  // What else stood in it would become a part of the request.
  if (!options.token.empty() && !admin::can_be_token(options.token)) {
    return core::fail(ErrorCode::invalid_argument,
                      "SPILLWAY_TOKEN holds something that no token has, a line break or a space "
                      "perhaps: set it to the token alone, letters, digits and -._~+/=");
  }
  std::unique_ptr<AdminClient> client(new AdminClient(std::move(options)));
  auto origin =
      Origin::open(client->io_.get_executor(), client->options_.url, client->options_.ca_file);
  if (!origin) {
    return std::unexpected(std::move(origin.error()).in_context("the admin API's address"));
  }
  client->origin_ = std::move(*origin);
  client->link_ = std::make_unique<HttpLink>(*client->origin_);
  return client;
}

core::Result<std::string> AdminClient::get(std::string_view target) {
  return ask("GET", target, "");
}

core::Result<std::string> AdminClient::post(std::string_view target, const std::string& body) {
  return ask("POST", target, body);
}

core::Result<std::string> AdminClient::remove(std::string_view target) {
  return ask("DELETE", target, "");
}

void AdminClient::pause(core::Duration duration) {
  http::Timer timer(io_.get_executor(), duration);
  timer.async_wait([this](const boost::system::error_code&) { io_.stop(); });
  io_.restart();
  io_.run();
}

core::Result<std::string> AdminClient::ask(std::string method, std::string_view target,
                                           const std::string& body) {
  std::vector<core::Header> headers;
  if (!options_.token.empty()) {
    headers.push_back({"Authorization", "Bearer " + options_.token});
  }
  if (!body.empty()) {
    headers.push_back({"Content-Type", "application/json"});
  }
  core::Result<Reply> reply =
      run_task(io_, link_->exchange(std::move(method), std::string(target), &headers, &body,
                                    http::deadline_in(options_.timeout)));
  if (!reply) {
    if (reply.error().code == ErrorCode::io) {
      reply.error().code = ErrorCode::unavailable;  // however the connection ended
    }
    return std::unexpected(
        std::move(reply.error())
            .in_context(fmt::format(
                "no answer of the admin API at {} (SPILLWAY_ADMIN or --admin says where it "
                "is)",
                options_.url)));
  }
  if (!reply->ok()) {
    return std::unexpected(admin_error(*reply));
  }
  return std::move(reply->body);
}

core::Error admin_error(const Reply& reply) {
  std::string detail;
  if (const auto problem = routing::JsonDocument::parse(reply.body)) {
    const auto member = problem->root().find("detail");
    detail = member ? member->text().value_or("") : "";
  }
  if (reply.status == 401) {
    detail += " (SPILLWAY_TOKEN holds the token)";
  }
  return {.code = code_of(reply.status),
          .message = detail.empty() ? fmt::format("the admin API answered {}", reply.status)
                                    : std::move(detail)};
}

}  // namespace spillway::app
