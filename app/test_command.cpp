#include <fmt/format.h>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"
#include "core/percent_encoding.hpp"

namespace spillway::app {

core::Result<Output> test_destination(AdminClient& admin, std::string_view name, OutputForm form) {
  const auto trial = Answer::parse(
      admin.post(fmt::format("/v1/destinations/{}/test", core::percent_encoded(name)), ""));
  if (!trial) {
    return std::unexpected(trial.error());
  }
  Output output;
  output.code = (*trial)["delivered"].is_true() ? kOk : kProblem;
  if (form == OutputForm::json) {
    output.text = trial->text() + "\n";
    return output;
  }
  const std::string address = (*trial)["address"].text();
  output.text = fmt::format(
      "{}: {} after {}{}\n", printable(name),
      (*trial)["failure"].is_null() ? fmt::format("status {}", (*trial)["status"].text())
                                    : fmt::format("{}, {}", (*trial)["failure"].text(),
                                                  printable((*trial)["message"].text())),
      duration_text((*trial)["took_seconds"]), address.empty() ? "" : ", at " + address);
  if (!(*trial)["response_excerpt"].is_null()) {
    output.text += printable((*trial)["response_excerpt"].text()) + "\n";
  }
  return output;
}

}  // namespace spillway::app
