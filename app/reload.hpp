// What a reload can change in a running node, and what it cannot. Pure.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"

namespace spillway::app {

// Whether a node that was started with one configuration can go on with the other: an error, with
// the reason, where it would promise what it was not started for, or be open to everybody.
[[nodiscard]] core::Result<void> check_reload(const config::Config& started,
                                              const config::Config& next);

// The keys that are changed, and of which only a restart takes the change.
[[nodiscard]] std::vector<std::string> needs_restart(const config::Config& started,
                                                     const config::Config& next);

}  // namespace spillway::app
