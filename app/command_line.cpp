#include "app/command_line.hpp"

#include <fmt/format.h>

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

}  // namespace spillway::app
