// What the other nodes of a cluster came to, of which all are asked what one was asked.
#pragma once

#include <string>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"

namespace spillway::app {

// What a node's answer to a reload adds to "done": the keys that need its restart, if any.
[[nodiscard]] std::string restart_note(const AnswerValue& reloaded);

// A line for each; a problem if one of them did not do it.
[[nodiscard]] Output other_nodes(const Answer& asked, OutputForm form);

}  // namespace spillway::app
