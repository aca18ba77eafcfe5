#include "admin/action_record.hpp"

#include <limits>
#include <ranges>
#include <utility>
#include <vector>

#include "journal/keys.hpp"
#include "journal/record_codec.hpp"
#include "journal/stage.hpp"

namespace spillway::admin {

using journal::Decoder;
using journal::Table;

namespace {

core::Result<Trail> read_trail(const journal::Readable& readable) {
  std::vector<std::pair<std::uint64_t, std::string>> newest_first;
  const auto read = actions_before(readable, std::numeric_limits<std::uint64_t>::max(),
                                   [&newest_first](const ActionRecord& record) {
                                     newest_first.emplace_back(record.number, record.action);
                                     return true;
                                   });
  if (!read) {
    return std::unexpected(read.error());
  }
  Trail trail;
  for (const auto& [number, action] : newest_first | std::views::reverse) {
    trail.add(number, action);
  }
  return trail;
}

}  // namespace

std::string ActionRecord::encode() const {
  return journal::versioned()
      .time(at)
      .bytes(who)
      .varint(static_cast<std::uint64_t>(role))
      .bytes(remote)
      .bytes(action)
      .bytes(target)
      .bytes(detail)
      .bytes(outcome)
      .take();
}

core::Result<ActionRecord> ActionRecord::decode(std::uint64_t number, std::string_view text) {
  return journal::decode_record<ActionRecord>(text, "action",
                                              [number](Decoder& in, ActionRecord& record) {
                                                record.number = number;
                                                record.at = in.time();
                                                record.who = in.bytes();
                                                record.role = static_cast<Role>(in.varint_up_to(1));
                                                record.remote = in.bytes();
                                                record.action = in.bytes();
                                                record.target = in.bytes();
                                                record.detail = in.bytes();
                                                record.outcome = in.bytes();
                                              });
}

RecordAction::RecordAction(core::Executor& reply_to, Trail& trail, ActionRecord action,
                           Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), trail_(&trail), action_(std::move(action)) {}

core::Result<std::uint64_t> RecordAction::decide(journal::Stage& stage) {
  std::uint64_t last = 0;
  const auto read = actions_before(stage.store(), std::numeric_limits<std::uint64_t>::max(),
                                   [&last](const ActionRecord& newest) {
                                     last = newest.number;
                                     return false;
                                   });
  if (!read) {
    return std::unexpected(read.error());
  }
  if (last != trail_->last()) {
    auto trail = read_trail(stage.store());
    if (!trail) {
      return std::unexpected(std::move(trail).error());
    }
    *trail_ = *std::move(trail);
  }
  action_.number = last + 1;
  action_.at = stage.now();
  stage.put(Table::meta, journal::keys::action(action_.number), action_.encode());
  trail_->add(action_.number, action_.action);
  for (const std::uint64_t surplus : trail_->take_surplus()) {
    stage.erase(Table::meta, journal::keys::action(surplus));
  }
  return action_.number;
}

core::Result<void> actions_before(const journal::Readable& readable, std::uint64_t number,
                                  const std::function<bool(const ActionRecord&)>& visitor) {
  core::Result<void> outcome;
  const auto scanned = readable.scan(
      Table::meta, journal::keys::kActionPrefix, journal::keys::action(number),
      journal::Direction::backward, [&](std::string_view key, std::string_view value) {
        const auto action =
            ActionRecord::decode(journal::keys::parse_action(key).value_or(0), value);
        if (!action) {
          outcome = std::unexpected(action.error());
          return false;
        }
        return visitor(*action);
      });
  return scanned ? outcome : core::Result<void>(std::unexpected(scanned.error()));
}

}  // namespace spillway::admin
