// `spillway serve`: runs a node until SIGTERM or SIGINT, reloads on SIGHUP.
#pragma once

#include <string>

namespace spillway::app {

// The exit code: 0 after an orderly stop.
int serve(const std::string& config_path, bool accept_loss);

}  // namespace spillway::app
