// `spillway demo`: the gateway with everything around it in one process, to see it work: signed
// sample traffic through the real ingest listener, a healthy and a flaky destination on loopback,
// and a live summary from the admin API. Main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/command_line.hpp"
#include "core/clock.hpp"

namespace spillway::app {

struct DemoOptions {
  std::optional<core::Duration> lasting;     // empty: until a signal
  std::string data_dir;                      // empty: a fresh one, removed at the end
  double rate = 20;                          // requests per second
  std::optional<std::uint16_t> ingest_port;  // empty: the usual one if it is free, else any
  std::optional<std::uint16_t> admin_port;
};

void add_demo(CommandLine app, Command& chosen);

// 0 only when everything accepted was delivered or is pending, what the destinations got agrees,
// and the books balance.
[[nodiscard]] int demo(const DemoOptions& options);

}  // namespace spillway::app
