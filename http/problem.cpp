#include "http/problem.hpp"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>

#include "core/json_text.hpp"

namespace spillway::http {

std::string_view reason_phrase(int status) {
  const auto phrase = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {phrase.data(), phrase.size()};
}

Response problem(int status, std::string_view detail) {
  core::JsonWriter json;
  json.begin_object();
  json.key("type").value("about:blank");
  json.key("title").value(reason_phrase(status));
  json.key("status").value(status);
  json.key("detail").value(detail);
  json.end_object();
  return {.status = status, .content_type = "application/problem+json", .body = json.take()};
}

Response problem_retry_after(int status, std::string_view detail,
                             std::chrono::seconds retry_after) {
  Response response = problem(status, detail);
  response.headers.push_back({"Retry-After", fmt::to_string(retry_after.count())});
  return response;
}

Response method_not_allowed(std::string_view allowed) {
  Response response = problem(405, fmt::format("this resource takes only {}", allowed));
  response.headers.push_back({"Allow", std::string(allowed)});
  return response;
}

}  // namespace spillway::http
