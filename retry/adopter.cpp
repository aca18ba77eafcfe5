#include "retry/adopter.hpp"

#include "core/log.hpp"
#include "retry/accepted_record.hpp"
#include "retry/control_record.hpp"
#include "retry/spool_record.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace spillway::retry {

void Adopter::stop() {
  parts_.executor.cancel(std::exchange(timer_, 0));
}

void Adopter::again(core::Duration pause) {
  timer_ = parts_.executor.run_at(parts_.clock.now() + pause, [this] { look(); });
}

void Adopter::look() {
  const core::Time now = parts_.clock.now();
  const auto& nodes = parts_.nodes.nodes();
  const auto silent =
      std::ranges::count_if(nodes, [&](const auto& node) { return node.second.is_silent(now); });
  parts_.probe.nodes_are(nodes.size() - static_cast<std::size_t>(silent),
                         static_cast<std::size_t>(silent));
  const auto tag = parts_.control.caught_up() ? parts_.nodes.silent(now, tag_) : std::nullopt;
  if (!tag) {
    again(kLook);
    return;
  }
  begin(*tag);
}

void Adopter::begin(std::uint16_t tag) {
  tag_ = tag;
  heard_ = parts_.nodes.nodes().at(tag).heard;
  gave_a_sign_ = false;
  standing_.clear();
  moving_.clear();
  moving_bytes_ = moved_ = 0;
  // First: what the node does after this is seen below, and it keeps this one out by the same.
  if (auto fenced = parts_.log.fence(tag); !fenced) {
    abandon(fenced.error().message);
    return;
  }
  if (read_from(Reading::signs, {parts_.topics.control(), 0}, parts_.control.next_offset())) {
    read();
  }
}

bool Adopter::read_from(Reading what, const TopicPartition& partition, std::int64_t offset) {
  auto made = parts_.log.read(partition, offset);
  if (!made) {
    abandon(made.error().message);
    return false;
  }
  what_ = what;
  reader_ = *std::move(made);
  return true;
}

void Adopter::read() {
  const auto news = reader_->poll(kMessagesMax);
  if (!news && news.error().code != core::ErrorCode::corrupt) {
    abandon(news.error().message);
    return;
  }
  if (news) {
    for (const StoredMessage& message : news->messages) {
      if (!take(message)) {
        return;
      }
    }
    if (news->caught_up) {
      read_through();
      return;
    }
  }
  timer_ = parts_.executor.run_at(parts_.clock.now() + pace_.after(true), [this] { read(); });
}

void Adopter::read_through() {
  switch (what_) {
    case Reading::signs:
      if (gave_a_sign_ || !parts_.nodes.is_silent_since(tag_, heard_)) {
        abandon("it has given a sign of life");
        return;
      }
      if (!read_from(Reading::copies, copies_of_node(), 0)) {
        return;
      }
      break;
    case Reading::copies:
      if (!read_from(Reading::bodies, copies_of_node(), 0)) {
        return;
      }
      break;
    case Reading::bodies:
      if (move()) {
        tell();
        core::log(core::LogLevel::warn, "node.adopted",
                  {{"node_tag", tag_}, {"deliveries", moved_}});
        reader_.reset();
        standing_.clear();
        again(kLook);
      }
      return;
  }
  read();
}

bool Adopter::take(const StoredMessage& message) {
  switch (what_) {
    case Reading::signs:
      take_sign(message);
      break;
    case Reading::copies:
      take_copy(message);
      break;
    case Reading::bodies:
      return take_body(message);
  }
  return true;
}

void Adopter::take_sign(const StoredMessage& message) {
  const auto record = ControlRecord::decode(message.message);
  const auto* const sign = record ? std::get_if<NodeSign>(&record->asks) : nullptr;
  gave_a_sign_ = gave_a_sign_ || (sign != nullptr && sign->tag == tag_);
}

void Adopter::take_copy(const StoredMessage& message) {
  const auto record = decode_accepted(message.message);
  if (!record) {
    core::log(core::LogLevel::error, "replica.undecodable",
              {{"offset", message.offset}, {"error", record.error().message}});
  } else if (const auto* const copy = std::get_if<SpoolRecord>(&*record)) {
    if (copy->event->id.node_tag() == tag_) {
      standing_[message.message.key] = message.offset;
    }
  } else {
    standing_.erase(message.message.key);
  }
}

bool Adopter::take_body(const StoredMessage& message) {
  const auto standing = standing_.find(message.message.key);
  if (standing == standing_.end() || standing->second != message.offset) {
    return true;
  }
  const auto record = decode_accepted(message.message);
  const auto* const copy = record ? std::get_if<SpoolRecord>(&*record) : nullptr;
  if (copy == nullptr) {
    return true;  // it was one a moment ago
  }
  moving_.push_back({.topic = parts_.topics.retry(kTiers.front()), .message = copy->encode()});
  moving_.push_back({.topic = parts_.topics.accepted(),
                     .message = CopyOver{copy->event->id, copy->destination, parts_.node}.encode(),
                     .partition = node_partition(tag_, parts_.partitions)});
  moving_bytes_ += copy->event->body.size();
  return (moving_.size() < kMoveMax && moving_bytes_ < kMoveBytesMax) || move();
}

void Adopter::tell() {
  const auto known = parts_.nodes.nodes().find(tag_);
  if (known == parts_.nodes.nodes().end()) {
    return;  // forgotten meanwhile
  }
  ControlRecord record;
  NodeSign sign = known->second.last;
  sign.adopted_by = parts_.node;
  record.asks = std::move(sign);
  // Where it is not written somebody looks again, and finds nothing that stands.
  parts_.writer.write({.topic = parts_.topics.control(), .message = record.encode()},
                      parts_.executor, [](const core::Result<void>&) {});
}

bool Adopter::move() {
  if (moving_.empty()) {
    return true;
  }
  if (auto moved = parts_.log.move(moving_); !moved) {
    abandon(moved.error().message);
    return false;
  }
  const std::size_t deliveries = moving_.size() / 2;  // each with the end of its copy
  parts_.probe.adopted(deliveries);
  moved_ += deliveries;
  moving_.clear();
  moving_bytes_ = 0;
  return true;
}

// What was moved so far is done; the rest is somebody's later.
void Adopter::abandon(const std::string& why) {
  core::log(core::LogLevel::warn, "node.not_adopted",
            {{"node_tag", tag_}, {"moved", moved_}, {"reason", why}});
  reader_.reset();
  standing_.clear();
  moving_.clear();
  again(kSecondTry);
}

TopicPartition Adopter::copies_of_node() const {
  return {parts_.topics.accepted(), node_partition(tag_, parts_.partitions)};
}

}  // namespace spillway::retry
