#include "admin/dashboard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "core/crypto.hpp"
#include "core/encoding.hpp"

namespace spillway::admin {

namespace {

constexpr std::string_view kPage = "/index.html";

// Scripts, styles and requests of this origin and no other; nothing inline, no frame around it.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

std::string tag_of(std::string_view body) {
  return fmt::format("\"{}\"", core::to_hex(core::sha256(body)).substr(0, 32));
}

// A browser sends back the tag it was given.
bool names(std::string_view if_none_match, std::string_view tag) {
  return if_none_match == "*" || if_none_match.contains(tag);
}

}  // namespace

std::optional<http::Response> serve_dashboard(std::span<const DashboardFile> files,
                                              std::string_view path,
                                              std::optional<std::string_view> if_none_match) {
  const auto file = std::ranges::find(files, path == "/" ? kPage : path, &DashboardFile::path);
  if (file == files.end()) {
    return std::nullopt;
  }
  const std::string tag = tag_of(file->body);
  http::Response response;
  response.headers = {
      {"ETag", tag},
      {"Cache-Control", file->path == kPage ? "no-cache" : "public, max-age=31536000, immutable"},
      {"Content-Security-Policy", std::string(kContentSecurityPolicy)},
      {"Referrer-Policy", "no-referrer"}};
  if (if_none_match && names(*if_none_match, tag)) {
    response.status = 304;
    return response;
  }
  response.content_type = file->content_type;
  response.body = file->body;
  return response;
}

Answer get_dashboard(AdminContext* context, Call call) {
  auto response =
      serve_dashboard(context->dashboard, call.head.path, call.head.find("If-None-Match"));
  if (!response) {
    co_return not_found(context->dashboard.empty() ? "this build has no dashboard"
                                                   : "the dashboard has no such file");
  }
  co_return *std::move(response);
}

}  // namespace spillway::admin
