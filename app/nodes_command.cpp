#include <memory>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"

namespace spillway::app {

core::Result<Output> list_nodes(AdminClient& admin, OutputForm form) {
  const auto answer = Answer::parse(admin.get("/v1/nodes"));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (form == OutputForm::json) {
    return Output{answer->text() + "\n"};
  }
  Table table({"tag", "node", "state", "heard", "accepted", "pending", "dead", "taken over by"});
  for (const AnswerValue& node : (*answer)["nodes"].elements()) {
    table.add({node["tag"].text(), node["name"].text(), node["state"].text(),
               node["this_node"].is_true() ? "this node" : duration_text(node["heard_seconds_ago"]),
               node["accepted"].text(), node["pending"].text(), node["dead"].text(),
               node["adopted_by"].is_null() ? "" : node["adopted_by"].text()});
  }
  return Output{table.text()};
}

void add_nodes(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("nodes", "The nodes that share a Kafka with this one");
  const auto arguments = std::make_shared<AdminArguments>();
  add_admin_options(*command, *arguments);
  command->callback([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return list_nodes(admin, arguments->form());
      });
    };
  });
}

}  // namespace spillway::app
