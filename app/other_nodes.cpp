#include "app/other_nodes.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "app/table.hpp"

namespace spillway::app {

std::string restart_note(const AnswerValue& reloaded) {
  std::string keys;
  for (const AnswerValue& key : reloaded["needs_restart"].elements()) {
    keys.append(keys.empty() ? "" : ", ").append(printable(key.text()));
  }
  return keys.empty() ? "" : fmt::format("; keep their old value until a restart: {}", keys);
}

Output other_nodes(const Answer& asked, OutputForm form) {
  Output output;
  for (const AnswerValue& node : asked["nodes"].elements()) {
    const bool done = node["done"].is_true();
    output.code = done ? output.code : kProblem;
    if (form == OutputForm::json) {
      continue;  // it is in the answer
    }
    const std::string job = node["answer"]["id"].text();
    const std::string came_to =
        job.empty() ? "done" + restart_note(node["answer"]) : fmt::format("job {} has begun", job);
    fmt::format_to(std::back_inserter(output.text), "node {}: {}\n", printable(node["node"].text()),
                   done ? came_to : "not done: " + printable(node["error"].text()));
  }
  return output;
}

}  // namespace spillway::app
