#include "config/interpolate.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "config/regular_file.hpp"

namespace spillway::config {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;

core::Result<std::string> read_value_file(const std::string& path) {
  auto contents = read_regular_file(path, kFileBytesMax);
  if (!contents) {
    return std::unexpected(
        std::move(contents.error()).in_context(fmt::format("file \"{}\"", path)));
  }
  if (contents->ends_with('\n')) {
    contents->pop_back();
    if (contents->ends_with('\r')) {
      contents->pop_back();
    }
  }
  return contents;
}

core::Result<std::string> value_of(std::string_view reference, const std::string& directory) {
  if (reference.starts_with("env:")) {
    const std::string name(reference.substr(4));
    const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr) {
      return core::fail(core::ErrorCode::invalid_argument,
                        fmt::format("environment variable {} is not set", name));
    }
    return value;
  }
  if (reference.starts_with("file:")) {
    return read_value_file(std::filesystem::path(directory) / reference.substr(5));
  }
  return core::fail(
      core::ErrorCode::invalid_argument,
      fmt::format("found ${{{}}}, expected ${{env:NAME}} or ${{file:PATH}}", reference));
}

}  // namespace

core::Result<std::string> interpolate(std::string_view text, const std::string& directory) {
  std::string filled;
  for (;;) {
    const std::size_t start = text.find("${");
    filled += text.substr(0, start);
    if (start == std::string_view::npos) {
      return filled;
    }
    const std::size_t end = text.find('}', start);
    if (end == std::string_view::npos) {
      return core::fail(core::ErrorCode::invalid_argument, "found ${ without its closing }");
    }
    auto value = value_of(text.substr(start + 2, end - start - 2), directory);
    if (!value) {
      return value;
    }
    filled += *value;
    text.remove_prefix(end + 1);
  }
}

}  // namespace spillway::config
