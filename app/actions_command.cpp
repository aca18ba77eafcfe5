#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"
#include "core/percent_encoding.hpp"

namespace spillway::app {
namespace {

constexpr std::size_t kPageMax = 200;  // what the API gives at once

}  // namespace

core::Result<Output> list_actions(AdminClient& admin, std::size_t limit, OutputForm form) {
  Table table({"at", "who", "action", "target", "outcome", "detail"});
  std::string pages;
  std::size_t listed = 0;
  std::string cursor;
  do {
    const auto page = Answer::parse(
        admin.get(fmt::format("/v1/actions?limit={}{}{}", std::min(limit - listed, kPageMax),
                              cursor.empty() ? "" : "&cursor=", core::percent_encoded(cursor))));
    if (!page) {
      return std::unexpected(page.error());
    }
    for (const AnswerValue& action : (*page)["actions"].elements()) {
      table.add({action["at"].text(), action["who"].text(), action["action"].text(),
                 action["target"].text(), action["outcome"].text(), action["detail"].text()});
      ++listed;
    }
    pages.append(page->text()).append("\n");
    cursor = (*page)["next_cursor"].text();
  } while (!cursor.empty() && listed < limit);
  return Output{form == OutputForm::json ? std::move(pages) : table.text()};
}

void add_actions(CommandLine app, Command& chosen) {
  struct Arguments : AdminArguments {
    std::size_t limit = 50;
  };
  CommandLine actions = app.add_command("actions", "What operators did, and who");
  actions.needs_command();
  CommandLine list = actions.add_command("list", "Newest first");
  const auto arguments = std::make_shared<Arguments>();
  add_admin_options(list, *arguments);
  list.option("--limit", arguments->limit)
      .between(std::size_t{1}, std::size_t{1'000'000})
      .shows_default();
  list.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return list_actions(admin, arguments->limit, arguments->form());
      });
    };
  });
}

}  // namespace spillway::app
