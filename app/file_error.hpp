// What the file system said, as an error of ours with what was tried and where. Any thread.
#pragma once

#include <expected>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "core/error.hpp"

namespace spillway::app {

// `doing` such as "copying"; there must be an error. A full disk is `out_of_space`, all else `io`.
[[nodiscard]] std::unexpected<core::Error> file_error(std::string_view doing,
                                                      const std::filesystem::path& path,
                                                      const std::error_code& error);

}  // namespace spillway::app
