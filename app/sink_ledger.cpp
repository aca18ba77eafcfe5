#include "app/sink_ledger.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "core/crypto.hpp"
#include "core/event_id.hpp"
#include "core/json_text.hpp"

namespace spillway::app {
namespace {

std::uint64_t unix_milliseconds(const core::EventId& id) {
  std::uint64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    milliseconds = milliseconds << 8 | id.bytes[i];
  }
  return milliseconds;
}

}  // namespace

std::size_t SinkLedger::IdHash::operator()(const Id& id) const {
  std::size_t hash = 0;  // the id's middle is random: that is hash enough
  std::memcpy(&hash, id.data() + 6, sizeof(hash));
  return hash;
}

void SinkLedger::take(std::string_view webhook_id) {
  ++taken_;
  const std::optional<core::EventId> parsed = core::EventId::parse(webhook_id);
  Id id{};
  if (parsed) {
    id = parsed->bytes;
  } else {
    const std::string digest = core::sha256(webhook_id);
    std::copy_n(digest.begin(), id.size(), id.begin());
  }
  if (!ids_.insert(id).second) {
    ++duplicates_;
    return;
  }
  ++distinct_;
  oldest_.push_back(id);
  if (oldest_.size() > ids_max_) {
    ids_.erase(oldest_.front());
    oldest_.pop_front();
  }
  listed_.emplace_back(webhook_id);
  if (listed_.size() > kListedMax) {
    listed_.pop_front();
  }
  if (parsed) {
    const std::uint64_t made = unix_milliseconds(*parsed);
    out_of_order_ += made < newest_ ? 1 : 0;
    newest_ = std::max(newest_, made);
  }
}

std::string SinkLedger::stats_json() const {
  core::JsonWriter json;
  json.begin_object();
  json.key("total").value(total_);
  json.key("taken").value(taken_);
  json.key("distinct").value(distinct_);
  json.key("duplicates").value(duplicates_);
  json.key("failed").value(failed_);
  json.key("broken_off").value(broken_off_);
  json.key("invalid_signatures").value(invalid_signatures_);
  json.key("out_of_order").value(out_of_order_);
  json.end_object();
  return json.take();
}

std::string SinkLedger::received_json() const {
  core::JsonWriter json;
  json.begin_object();
  json.key("distinct").value(distinct_);
  json.key("ids").begin_array();
  for (const std::string& id : listed_) {
    json.value(id);
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace spillway::app
