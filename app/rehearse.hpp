// Makes everything that serve makes of a configuration, and lets it go again: what `spillway check`
// and a reload know of it before anything of the node is touched.
#pragma once

#include "config/config.hpp"
#include "core/error.hpp"

namespace spillway::app {

// The first thing that serve would refuse. Reads certificates; any thread.
[[nodiscard]] core::Result<void> rehearse(const config::Config& config);

}  // namespace spillway::app
