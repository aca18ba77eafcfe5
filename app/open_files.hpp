// How the open files the process may have are shared out, so that no flood of connections takes
// those of the journal or of operators. Once, at the start.
#pragma once

#include <cstddef>

#include "core/error.hpp"

namespace spillway::app {

// Half of them may be live streams.
inline constexpr std::size_t kAdminConnectionsMax = 128;

struct OpenFiles {
  std::size_t inbound = 0;   // connections to the ingest listener
  std::size_t outbound = 0;  // connections to destinations
};

// Raises the limit as far as the system lets us. Tells in the log when it is less than wanted; an
// error when there are too few to do anything.
[[nodiscard]] core::Result<OpenFiles> share_open_files(std::size_t connections_wanted);

}  // namespace spillway::app
