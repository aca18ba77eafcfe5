// Where the updates stand in a WhatsApp webhook body, and what identifies each: the part of
// splitting that knows Meta's payload. Pure functions over a parsed body, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "routing/json_document.hpp"

namespace spillway::gateway {

// A message or a status.
struct WhatsappItem {
  routing::JsonValue json;
  std::string_view list;  // the array it stands in: "messages" or "statuses"
};

// One change of one entry. Its items are updates of their own; without any (templates, account
// alerts, errors, fields to come) the change itself is the update.
struct WhatsappChange {
  routing::JsonValue entry;
  std::size_t entry_index = 0;
  std::optional<routing::JsonValue> json;  // none: an entry without changes is passed on whole
  std::size_t index = 0;
  std::optional<routing::JsonValue> value;
  std::vector<WhatsappItem> items;

  [[nodiscard]] std::size_t updates() const { return items.empty() ? 1 : items.size(); }
};

// In document order; nothing when this is not an object with an `entry` array, or a key on the way
// to an update stands twice.
[[nodiscard]] std::optional<std::vector<WhatsappChange>> find_changes(routing::JsonValue root);

// The natural key: Meta's id of the message, status or template event. Nothing when it has none.
[[nodiscard]] std::optional<std::string> natural_key(const WhatsappChange& change,
                                                     const WhatsappItem* item);

// Messages of one user to one phone number belong together, and the statuses of one message; in a
// group, those of one participant.
[[nodiscard]] std::optional<std::string> ordering_key(const WhatsappChange& change,
                                                      const WhatsappItem* item);

// How far a status has got: each takes the place of those before it. A message replaces no other.
[[nodiscard]] std::optional<std::string> version(const WhatsappItem* item);

// A member as text, when it is there and not empty: every identity field is optional.
[[nodiscard]] std::optional<std::string> member_text(std::optional<routing::JsonValue> object,
                                                     std::string_view name);

}  // namespace spillway::gateway
