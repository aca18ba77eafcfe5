#include "gateway/whatsapp_split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <unordered_map>

#include "core/crypto.hpp"
#include "core/encoding.hpp"
#include "gateway/whatsapp_update.hpp"

namespace spillway::gateway {
namespace {

using routing::JsonMember;
using routing::JsonValue;

// Every member but those named, which are written behind them.
void append_other_members(std::string& out, JsonValue object,
                          std::initializer_list<std::string_view> named) {
  for (const JsonMember& member : object.members()) {
    const auto is_key = [&](std::string_view name) { return member.key.is_text(name); };
    if (std::ranges::none_of(named, is_key)) {
      out.append(member.key.raw()).append(":").append(member.value.raw()).append(",");
    }
  }
}

// The contacts of a change, shared out among its updates.
class Contacts {
 public:
  Contacts(JsonValue value, const std::vector<WhatsappItem>& items) : own_(items.size()) {
    if (const auto list = value.find("contacts")) {
      all_ = list->elements();
    }
    const ByIdentity by_identity = index();
    std::vector<bool> claimed(all_.size());
    for (std::size_t item = 0; item < items.size(); ++item) {
      own_[item] = belonging_to(items[item].json, by_identity);
      for (const std::size_t contact : own_[item]) {
        claimed[contact] = true;
      }
    }
    // What no update names is kept, too.
    for (std::size_t contact = 0; contact < all_.size(); ++contact) {
      if (!claimed[contact]) {
        own_.front().push_back(contact);
      }
    }
  }

  // Appends the member `contacts`, when any belongs to the item.
  void append_of(std::size_t item, std::string& out) const {
    if (own_[item].empty()) {
      return;
    }
    out.append("\"contacts\":[");
    for (const std::size_t contact : own_[item]) {
      out.append(all_[contact].raw()).append(",");
    }
    out.back() = ']';
    out.append(",");
  }

 private:
  using ByIdentity = std::unordered_multimap<std::string, std::size_t>;

  [[nodiscard]] ByIdentity index() const {
    ByIdentity by_identity;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      for (const std::string_view name : {"wa_id", "user_id"}) {
        if (auto identity = member_text(all_[i], name)) {
          by_identity.emplace(std::move(*identity), i);
        }
      }
    }
    return by_identity;
  }

  static std::vector<std::size_t> belonging_to(JsonValue item, const ByIdentity& by_identity) {
    std::vector<std::size_t> own;
    for (const std::string_view name : {"from", "from_user_id", "recipient_id", "recipient_user_id",
                                        "recipient_participant_id"}) {
      if (const auto identity = member_text(item, name)) {
        const auto [first, last] = by_identity.equal_range(*identity);
        std::transform(first, last, std::back_inserter(own),
                       [](const auto& known) { return known.second; });
      }
    }
    std::ranges::sort(own);
    own.erase(std::ranges::unique(own).begin(), own.end());
    return own;
  }

  std::vector<JsonValue> all_;
  std::vector<std::vector<std::size_t>> own_;  // by item: the indexes of its contacts
};

class Splitter {
 public:
  Splitter(std::string_view body, JsonValue root, const std::vector<WhatsappChange>& changes)
      : body_(body), root_(root), changes_(changes) {}

  // Nothing when the units would grow over what is allowed.
  std::optional<std::vector<Unit>> units() {
    for (const WhatsappChange& change : changes_) {
      if (!add_change(change)) {
        return std::nullopt;
      }
    }
    return std::move(units_);
  }

  // The unit of the only update there is, without an envelope.
  Unit only_unit() {
    const WhatsappChange& change = changes_.front();
    return make_unit(change, change.items.empty() ? nullptr : &change.items.front());
  }

 private:
  bool add_change(const WhatsappChange& change) {
    if (change.updates() == 1) {
      Unit unit = make_unit(change, change.items.empty() ? nullptr : &change.items.front());
      unit.envelope = change_envelope(change);
      return add(std::move(unit));
    }
    const Contacts contacts(*change.value, change.items);
    const std::string head = value_head(change);
    for (std::size_t i = 0; i < change.items.size(); ++i) {
      const WhatsappItem& item = change.items[i];
      Unit unit = make_unit(change, &item);
      std::string& envelope = unit.envelope.emplace(head);
      contacts.append_of(i, envelope);
      envelope.append("\"").append(item.list).append("\":[").append(item.json.raw());
      envelope.append("]}}]}]}");
      if (!add(std::move(unit))) {
        return false;
      }
    }
    return true;
  }

  bool add(Unit unit) {
    bytes_ += unit.envelope->size();
    units_.push_back(std::move(unit));
    return bytes_ <= kExpansionMax * body_.size() + kExpansionFree;
  }

  Unit make_unit(const WhatsappChange& change, const WhatsappItem* item) {
    Unit unit;
    const JsonValue content = item ? item->json : change.json.value_or(change.entry);
    unit.content = content.raw();
    unit.idempotency_key = natural_key(change, item);
    if (!unit.idempotency_key) {
      unit.idempotency_key = place_key(change, item);
    }
    unit.ordering_key = ordering_key(change, item);
    unit.version = version(item);
    return unit;
  }

  // Without an id: the same place in the same request is the same update.
  std::string place_key(const WhatsappChange& change, const WhatsappItem* item) {
    if (body_hash_.empty()) {
      body_hash_ = core::to_hex(core::sha256(body_));
    }
    std::string key = fmt::format("wa:body:{}:{}:{}", body_hash_, change.entry_index, change.index);
    if (item) {
      key += fmt::format(":{}", item - change.items.data());
    }
    return key;
  }

  // Up to where the entry is written.
  std::string root_head() const {
    std::string head = "{";
    append_other_members(head, root_, {"entry"});
    return head.append("\"entry\":[");
  }

  // Up to where the change is written.
  std::string entry_head(const WhatsappChange& change) const {
    std::string head = root_head().append("{");
    append_other_members(head, change.entry, {"changes"});
    return head.append("\"changes\":[");
  }

  // Up to where contacts and the update are written.
  std::string value_head(const WhatsappChange& change) const {
    std::string head = entry_head(change).append("{");
    append_other_members(head, *change.json, {"value"});
    head.append("\"value\":{");
    append_other_members(head, *change.value, {"contacts", "messages", "statuses"});
    return head;
  }

  std::string change_envelope(const WhatsappChange& change) const {
    if (!change.json) {
      return root_head().append(change.entry.raw()).append("]}");
    }
    return entry_head(change).append(change.json->raw()).append("]}]}");
  }

  std::string_view body_;
  JsonValue root_;
  const std::vector<WhatsappChange>& changes_;
  std::string body_hash_;  // made when first needed
  std::vector<Unit> units_;
  std::size_t bytes_ = 0;
};

std::string whole_key(std::string_view body) {
  return "wa:body:" + core::to_hex(core::sha256(body));
}

Unit whole_unit(std::string_view body) {
  return {{}, body, whole_key(body), {}};
}

Split malformed(std::string_view body) {
  return {.units = {whole_unit(body)}, .malformed = true};
}

}  // namespace

Split split_whatsapp(std::string_view body, routing::JsonBody& json, SplitPolicy policy) {
  const auto root = json.root();
  const auto changes = root ? find_changes(*root) : std::nullopt;
  if (!changes) {
    return malformed(body);
  }
  std::size_t updates = 0;
  for (const WhatsappChange& change : *changes) {
    updates += change.updates();
  }
  Splitter splitter(body, *root, *changes);
  Split split;
  if (updates == 1) {
    split.units.push_back(splitter.only_unit());
  } else if (updates > 1 && policy == SplitPolicy::never) {
    split.units.push_back(whole_unit(body));
  } else if (updates > 1) {
    auto units = updates <= kUpdatesMax ? splitter.units() : std::nullopt;
    if (!units) {
      return malformed(body);
    }
    split.units = std::move(*units);
  }
  return split;
}

}  // namespace spillway::gateway
