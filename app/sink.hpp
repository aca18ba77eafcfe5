// `spillway sink`: a receiver that verifies, counts and misbehaves on request. Main thread.
#pragma once

#include <optional>

#include "app/command_line.hpp"
#include "app/sink_server.hpp"

namespace spillway::app {

struct SinkOptions {
  SinkServerOptions server;
  std::optional<core::Duration> lasting;
};

void add_sink(CommandLine app, Command& chosen);

// Runs until a signal, or for so long; then tells the counts.
[[nodiscard]] int sink(const SinkOptions& options);

}  // namespace spillway::app
