// `spillway drain`: moves what waits in the journal of a node that does not run into Kafka, or back
// (docs/cluster.md). Main thread.
#pragma once

#include "app/command_line.hpp"

namespace spillway::app {

void add_drain(CommandLine app, Command& chosen);

}  // namespace spillway::app
