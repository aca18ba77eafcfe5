// What the operating system says about this process, and which build it is: the process_* metrics
// every Prometheus client has, read from /proc/self at each collection. Registered by app once.
#pragma once

#include <string>

#include "core/metrics.hpp"

namespace spillway::admin {

void register_process_metrics(core::Registry& registry, std::string version);

}  // namespace spillway::admin
