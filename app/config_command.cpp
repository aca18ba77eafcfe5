#include <memory>
#include <string>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/other_nodes.hpp"

namespace spillway::app {

core::Result<Output> reload_config(AdminClient& admin, OutputForm form) {
  const auto answer = Answer::parse(admin.post("/v1/config/reload", ""));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  Output output = other_nodes(*answer, form);
  output.text.insert(0, form == OutputForm::json
                            ? answer->text() + "\n"
                            : "reloaded" + restart_note(answer->root()) + "\n");
  return output;
}

void add_config_commands(CommandLine app, Command& chosen) {
  CommandLine config = app.add_command("config", "The configuration of a running node");
  config.needs_command();
  CommandLine reload = config.add_command(
      "reload", "Read its file again: all or nothing, and what is wrong is told");
  const auto arguments = std::make_shared<AdminArguments>();
  add_admin_options(reload, *arguments);
  reload.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return reload_config(admin, arguments->form());
      });
    };
  });
}

}  // namespace spillway::app
