#include "gateway/whatsapp_update.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>

namespace spillway::gateway {
namespace {

using routing::JsonKind;
using routing::JsonMember;
using routing::JsonValue;

constexpr std::string_view kTemplateStatus = "message_template_status_update";

// What stands under the second of two equal keys would be an update that nobody has looked at.
bool repeats_any(JsonValue object, std::initializer_list<std::string_view> keys) {
  const std::vector<JsonMember> members = object.members();
  return std::ranges::any_of(keys, [&](std::string_view key) {
    return std::ranges::count_if(
               members, [&](const JsonMember& member) { return member.key.is_text(key); }) > 1;
  });
}

// Other fields may hold lists of the same name with a meaning of their own.
bool is_messages_field(JsonValue change) {
  const auto field = change.find("field");
  return !field || field->text() == "messages";
}

void add_items(std::vector<WhatsappItem>& items, JsonValue value, std::string_view list) {
  if (const auto array = value.find(list)) {
    for (const JsonValue item : array->elements()) {
      items.push_back({item, list});
    }
  }
}

WhatsappChange make_change(JsonValue entry, std::size_t entry_index, JsonValue json,
                           std::size_t index) {
  WhatsappChange change{entry, entry_index, json, index, json.find("value"), {}};
  if (change.value && is_messages_field(json)) {
    add_items(change.items, *change.value, "messages");
    add_items(change.items, *change.value, "statuses");
  }
  return change;
}

std::optional<std::string> template_key(const WhatsappChange& change) {
  const auto account = member_text(change.entry, "id");
  const auto id = member_text(change.value, "message_template_id");
  const auto event = member_text(change.value, "event");
  const auto time = member_text(change.entry, "time");
  if (!account || !id || !event || !time) {
    return std::nullopt;
  }
  return fmt::format("wa:{}:{}:{}:{}:{}", kTemplateStatus, *account, *id, *event, *time);
}

}  // namespace

std::optional<std::string> member_text(std::optional<JsonValue> object, std::string_view name) {
  const auto member = object ? object->find(name) : std::nullopt;
  auto text = member ? member->text() : std::nullopt;
  return text && !text->empty() ? text : std::nullopt;
}

std::optional<std::vector<WhatsappChange>> find_changes(JsonValue root) {
  const auto entries = root.find("entry");
  if (!entries || entries->kind() != JsonKind::array || repeats_any(root, {"entry"})) {
    return std::nullopt;
  }
  std::vector<WhatsappChange> found;
  std::size_t entry_index = 0;
  for (const JsonValue entry : entries->elements()) {
    if (repeats_any(entry, {"changes"})) {
      return std::nullopt;
    }
    const auto changes = entry.find("changes");
    if (!changes || changes->kind() != JsonKind::array) {
      found.push_back({entry, entry_index, {}, 0, {}, {}});
    } else {
      std::size_t index = 0;
      for (const JsonValue change : changes->elements()) {
        found.push_back(make_change(entry, entry_index, change, index++));
        const auto& value = found.back().value;
        if (repeats_any(change, {"value"}) ||
            (value && repeats_any(*value, {"contacts", "messages", "statuses"}))) {
          return std::nullopt;
        }
      }
    }
    ++entry_index;
  }
  return found;
}

std::optional<std::string> natural_key(const WhatsappChange& change, const WhatsappItem* item) {
  if (!item) {
    return member_text(change.json, "field") == kTemplateStatus ? template_key(change)
                                                                : std::nullopt;
  }
  const auto id = member_text(item->json, "id");
  if (!id) {
    return std::nullopt;
  }
  if (item->list == "messages") {
    return "wa:message:" + *id;
  }
  const auto status = member_text(item->json, "status");
  if (!status) {
    return std::nullopt;
  }
  // In a group, one message has a status of the same name for each participant.
  const auto participant = member_text(item->json, "recipient_participant_id");
  return participant ? fmt::format("wa:status:{}:{}:{}", *id, *status, *participant)
                     : fmt::format("wa:status:{}:{}", *id, *status);
}

std::optional<std::string> ordering_key(const WhatsappChange& change, const WhatsappItem* item) {
  if (!item) {
    return std::nullopt;
  }
  if (item->list == "statuses") {
    auto message = member_text(item->json, "id");
    const auto participant = member_text(item->json, "recipient_participant_id");
    return message && participant ? fmt::format("{}:{}", *message, *participant) : message;
  }
  auto user = member_text(item->json, "from_user_id");
  if (!user) {
    user = member_text(item->json, "from");
  }
  const auto metadata = change.value->find("metadata");
  const auto number = member_text(metadata, "phone_number_id");
  return user && number ? std::optional(fmt::format("{}:{}", *number, *user)) : std::nullopt;
}

std::optional<std::string> version(const WhatsappItem* item) {
  constexpr std::string_view kRanks[] = {"sent", "delivered", "read", "played", "failed"};
  if (!item || item->list != "statuses") {
    return std::nullopt;
  }
  const auto rank = std::ranges::find(kRanks, member_text(item->json, "status").value_or(""));
  return rank == std::end(kRanks) ? std::nullopt
                                  : std::optional(std::to_string(rank - std::begin(kRanks)));
}

}  // namespace spillway::gateway
