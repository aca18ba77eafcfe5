// The files of the dashboard, as its build embeds them in the binary, and how they are served: open
// to everybody, since they hold nothing secret. Hashed assets never change under their names; the
// page names them anew with each build. Plain data; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace spillway::admin {

struct DashboardFile {
  std::string_view path;  // "/index.html", "/assets/index-3f2a.js"
  std::string_view content_type;
  std::string_view body;
};

// The answer to a GET of a path with that If-None-Match header, if there is one; "/" is the page.
// Empty: there is no such file.
[[nodiscard]] std::optional<http::Response> serve_dashboard(
    std::span<const DashboardFile> files, std::string_view path,
    std::optional<std::string_view> if_none_match);

}  // namespace spillway::admin
