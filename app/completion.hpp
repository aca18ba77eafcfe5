// `spillway completion`: scripts that tell a shell which commands and options there are, made from
// the command line itself, so that they name all of them. Main thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/command_line.hpp"

namespace spillway::app {

// Of bash, zsh or fish; empty: another shell.
[[nodiscard]] std::optional<std::string> completion_script(const CommandLine& app,
                                                           std::string_view shell);

// After all other commands.
void add_completion(CommandLine app, Command& chosen);

}  // namespace spillway::app
