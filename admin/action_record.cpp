#include "admin/action_record.hpp"

#include <limits>
#include <utility>

#include "journal/keys.hpp"
#include "journal/record_codec.hpp"
#include "journal/stage.hpp"

namespace spillway::admin {

using journal::Decoder;
using journal::Table;

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

RecordAction::RecordAction(core::Executor& reply_to, ActionRecord action, Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), action_(std::move(action)) {}

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
  action_.number = last + 1;
  action_.at = stage.now();
  stage.put(Table::meta, journal::keys::action(action_.number), action_.encode());
  if (action_.number > kActionsKept) {
    stage.erase(Table::meta, journal::keys::action(action_.number - kActionsKept));
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
