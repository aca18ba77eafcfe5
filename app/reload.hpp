// What a reload can change in a running node, and what it cannot. Pure but for the log.
#pragma once

#include "config/config.hpp"
#include "core/error.hpp"

namespace spillway::app {

// Whether a node that was started with one configuration can go on with the other: `conflict`, with
// the reason, where it would promise what it was not started for.
[[nodiscard]] core::Result<void> check_reload(const config::Config& started,
                                              const config::Config& next);

// Says of each change that only a restart brings about that it waits for one.
void log_needs_restart(const config::Config& started, const config::Config& next);

}  // namespace spillway::app
