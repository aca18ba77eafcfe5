#include "retry/control_state.hpp"

#include "core/log.hpp"

#include <utility>

namespace spillway::retry {

void ControlState::apply(const StoredMessage& message) {
  next_offset_ = message.offset + 1;
  auto record = ControlRecord::decode(message.message);
  if (!record) {
    core::log(core::LogLevel::error, "spool.control_undecodable",
              {{"offset", message.offset}, {"error", record.error().message}});
    return;
  }
  std::visit([&](auto& asks) { apply(std::move(asks), record->over, message.appended); },
             record->asks);
}

void ControlState::apply(VoidCopies asks, bool over, core::Time) {
  const auto number = static_cast<std::uint32_t>(destinations_.size());
  const auto destination = destinations_.try_emplace(std::move(asks.destination), number).first;
  const Void named{asks.event, destination->second, asks.generation};
  if (over) {
    voids_.erase(named);
  } else {
    voids_.insert(named);
  }
}

void ControlState::apply(PauseEverywhere asks, bool over, core::Time at) {
  asks.paused = asks.paused && !over;
  PauseHistory& pauses = pauses_[asks.destination];
  pauses.learn(std::exchange(asks.pauses, {}));
  if (asks.paused) {
    pauses.began(at);
  } else {
    pauses.ended(at);
  }
  const auto known = paused_.find(asks.destination);
  const bool is_known =
      asks.paused ? known != paused_.end() && known->second == asks : known == paused_.end();
  // Of a resume the topic may have kept no more than that: who was away for the pause and heard of
  // it by its journal alone is to hear of its end.
  if (is_known && caught_up_) {
    return;
  }
  if (asks.paused) {
    paused_.insert_or_assign(asks.destination, asks);
  } else if (known != paused_.end()) {
    paused_.erase(known);
  }
  if (pause_changed_) {
    pause_changed_(asks);
  }
}

void ControlState::apply(const NodeSign& sign, bool over, core::Time) {
  if (over && node_forgotten_) {
    node_forgotten_(sign.tag);
  } else if (!over && node_heard_) {
    node_heard_(sign);
  }
}

const PauseHistory& ControlState::pauses(std::string_view destination) const {
  static const PauseHistory kNone;
  const auto known = pauses_.find(destination);
  return known == pauses_.end() ? kNone : known->second;
}

bool ControlState::is_void(const core::EventId& event, std::string_view destination,
                           std::uint32_t generation) const {
  const auto number = destinations_.find(destination);
  if (number == destinations_.end()) {
    return false;
  }
  const auto found = voids_.lower_bound({event, number->second, generation});
  return found != voids_.end() && found->event == event && found->destination == number->second;
}

bool ControlState::is_named_void(const core::EventId& event, std::string_view destination,
                                 std::uint32_t generation) const {
  const auto number = destinations_.find(destination);
  return number != destinations_.end() && voids_.contains({event, number->second, generation});
}

}  // namespace spillway::retry
