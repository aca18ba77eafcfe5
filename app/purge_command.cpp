#include <memory>

#include "app/admin_commands.hpp"
#include "core/json_text.hpp"

namespace spillway::app {
namespace {

struct PurgeArguments : JobArguments {
  std::string source;
  std::string key;
  std::string ordering_key;
  std::string json_pointer;
  std::string json_value;
};

JobOrder job_of(const PurgeArguments& arguments) {
  core::JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::string_view>("source", arguments.source),
        {"idempotency_key", arguments.key},
        {"ordering_key", arguments.ordering_key}}) {
    if (!value.empty()) {
      json.key(name).value(value);
    }
  }
  if (!arguments.json_pointer.empty()) {
    json.key("json").begin_object();
    json.key("pointer").value(arguments.json_pointer);
    json.key("value").value(arguments.json_value);
    json.end_object();
  }
  json.end_object();
  return {.target = "/v1/purge", .filter = json.take(), .rate = arguments.rate};
}

}  // namespace

void add_purge(CommandLine app, Command& chosen) {
  CommandLine command = app.add_command(
      "purge", "Erase events for good: bodies, kept headers, answers; what waits is not sent");
  const auto arguments = std::make_shared<PurgeArguments>();
  add_admin_options(command, *arguments);
  add_job_options(command, *arguments);
  add_yes(command, *arguments);
  const Option source = command.option("--source", arguments->source, "Of this source only");
  CommandLine by = command.exactly_one();
  by.option("--key", arguments->key, "Accepted under this idempotency key").needs(source);
  by.option("--ordering-key", arguments->ordering_key, "With this ordering key");
  const Option pointer = by.option("--json-pointer", arguments->json_pointer,
                                   "With a value here in the body: /customer/id");
  const Option value = command.option("--json-value", arguments->json_value, "and it is this one");
  value.needs(pointer);
  pointer.needs(value);
  command.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return order_job(admin, job_of(*arguments), *arguments, "Erase {} events for good");
      });
    };
  });
}

}  // namespace spillway::app
