// How the commands about events ask for a page of them, and write what became of one. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"

namespace spillway::app {

// Of GET /v1/events.
[[nodiscard]] std::string events_target(const EventFilter& filter, std::size_t limit,
                                        std::string_view cursor);

// "acme:delivered backup:pending"
[[nodiscard]] std::string fates(const AnswerValue& deliveries);

}  // namespace spillway::app
