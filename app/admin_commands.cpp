#include "app/admin_commands.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace spillway::app {

void add_admin_options(CommandLine command, AdminArguments& arguments) {
  command.option("--admin", arguments.client.url, "Where the admin API is")
      .from_environment("SPILLWAY_ADMIN")
      .shows_default();
  command.option("--ca", arguments.client.ca_file, "Trusted certificates instead of the system's");
  command.flag("--json", arguments.json, "What the API answers, unchanged");
  command.footer("SPILLWAY_TOKEN holds the operator's token, where one is configured");
}

int print(const core::Result<Output>& output) {
  if (!output) {
    fmt::print(stderr, "spillway: {}\n", output.error().message);
    return exit_code(output.error().code);
  }
  fmt::print("{}", output->text);
  return output->code;
}

int ask_admin(const AdminArguments& arguments,
              const std::function<core::Result<Output>(AdminClient&)>& question) {
  AdminClientOptions options = arguments.client;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread so far, and nobody sets variables
  if (const char* token = std::getenv("SPILLWAY_TOKEN")) {
    options.token = token;
  }
  const auto admin = AdminClient::open(std::move(options));
  return print(admin ? question(**admin) : std::unexpected(admin.error()));
}

}  // namespace spillway::app
