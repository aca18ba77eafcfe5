#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"

namespace spillway::app {
namespace {

struct NodesArguments : AdminArguments {
  std::string name;  // of the one to forget
};

}  // namespace

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

core::Result<Output> forget_node(AdminClient& admin, std::string_view name, OutputForm form) {
  const auto nodes = Answer::parse(admin.get("/v1/nodes"));
  if (!nodes) {
    return std::unexpected(nodes.error());
  }
  for (const AnswerValue& node : (*nodes)["nodes"].elements()) {
    if (node["name"].text() != name || node["this_node"].is_true()) {
      continue;
    }
    const auto answer =
        Answer::parse(admin.post(fmt::format("/v1/nodes/{}/forget", node["tag"].text()), ""));
    if (!answer) {
      return std::unexpected(answer.error());
    }
    return Output{form == OutputForm::json ? answer->text() + "\n"
                                           : fmt::format("{} is forgotten\n", printable(name))};
  }
  return core::fail(core::ErrorCode::not_found,
                    fmt::format("no other node of the name {} was heard of", name));
}

void add_nodes(CommandLine app, Command& chosen) {
  CommandLine nodes = app.add_command("nodes", "The nodes that share a Kafka with this one");
  nodes.needs_command();
  const auto arguments = std::make_shared<NodesArguments>();
  CommandLine list = nodes.add_command("list", "Which there are, and what each last said");
  add_admin_options(list, *arguments);
  list.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return list_nodes(admin, arguments->form());
      });
    };
  });
  CommandLine forget = nodes.add_command(
      "forget", "Leave out one that is silent, was taken over and will not be back");
  add_admin_options(forget, *arguments);
  forget.option("node", arguments->name, "Its name").required();
  forget.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return forget_node(admin, arguments->name, arguments->form());
      });
    };
  });
}

}  // namespace spillway::app
