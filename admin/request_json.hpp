// The JSON bodies that commands take, read strictly: an object whose members are all known, each
// once and of its type; errors name the member. An empty body is an object without members. Admin
// thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/event_id.hpp"

namespace spillway::admin {

// A body of at most one member, a string of 1 to 200 bytes; empty when it is left out.
core::Result<std::optional<std::string>> read_optional_string(std::string_view body,
                                                              std::string_view member);

// A body without members.
core::Result<void> read_nothing(std::string_view body);

// Does it describe deliveries by a filter, for a job, instead of naming them?
[[nodiscard]] bool has_filter(std::string_view body);

// A delivery as operators name it.
struct DeliveryName {
  core::EventId event;
  std::string destination;
};
inline constexpr std::size_t kDeliveriesMax = 1000;

// {"deliveries": [{"event_id": …, "destination": …}, …]}, 1 to 1000 of them.
core::Result<std::vector<DeliveryName>> read_deliveries(std::string_view body);

}  // namespace spillway::admin
