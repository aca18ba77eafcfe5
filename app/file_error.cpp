#include "app/file_error.hpp"

#include <fmt/format.h>

namespace spillway::app {

std::unexpected<core::Error> file_error(std::string_view doing, const std::filesystem::path& path,
                                        const std::error_code& error) {
  const auto code =
      error == std::errc::no_space_on_device ? core::ErrorCode::out_of_space : core::ErrorCode::io;
  return core::fail(code, fmt::format("{} {}: {}", doing, path.string(), error.message()));
}

}  // namespace spillway::app
