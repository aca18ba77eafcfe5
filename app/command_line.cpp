#include "app/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "config/units.hpp"

namespace spillway::app {

CLI::Option* add_duration(CLI::App& app, const std::string& name, core::Duration& value,
                          const std::string& help) {
  return app
      .add_option_function<std::string>(
          name,
          [name, &value](const std::string& text) {
            const auto duration = config::parse_duration(text);
            if (!duration) {
              throw CLI::ValidationError(
                  name, fmt::format("found \"{}\", expected {}", text, config::kDurationForm));
            }
            value = *duration;
          },
          help)
      ->type_name("DURATION");
}

std::optional<std::string> wrong_command(const CLI::App& app) {
  const CLI::App* group = &app;
  while (!group->get_subcommands().empty()) {
    group = group->get_subcommands().front();
  }
  if (group->get_require_subcommand_min() == 0) {
    return std::nullopt;
  }
  std::vector<std::string> known;
  for (const CLI::App* command : group->get_subcommands([](const CLI::App*) { return true; })) {
    known.push_back(command->get_name());
  }
  const std::vector<std::string> found = group->remaining();
  if (found.empty()) {
    return fmt::format("a command is missing; expected one of: {}", fmt::join(known, ", "));
  }
  const std::string& word = found.front();
  const std::string_view meant = config::nearest(word, known);
  return meant.empty() ? fmt::format("unknown command \"{}\"; expected one of: {}", word,
                                     fmt::join(known, ", "))
                       : fmt::format("unknown command \"{}\"; did you mean \"{}\"?", word, meant);
}

}  // namespace spillway::app
