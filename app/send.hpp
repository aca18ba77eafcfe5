// `spillway send`: makes and signs requests as a source's sender would, posts them to the ingest
// listener, and shows the answer, or a summary of many. Main thread.
#pragma once

#include <string>

#include "app/command_line.hpp"
#include "app/load.hpp"
#include "app/request_factory.hpp"

namespace spillway::app {

struct SendOptions {
  std::string url;
  std::string ca_file;
  RequestOptions request;
  LoadOptions load;
  bool json = false;
};

void add_send(CommandLine app, Command& chosen);

[[nodiscard]] int send(const SendOptions& options);

// For people; for one request the answer itself.
[[nodiscard]] std::string describe(const LoadReport& report);
[[nodiscard]] std::string to_json(const LoadReport& report);

}  // namespace spillway::app
