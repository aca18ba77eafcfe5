#include "retry/notice_sender.hpp"

#include "core/log.hpp"
#include "journal/custody.hpp"
#include "journal/reader.hpp"
#include "retry/accepted_record.hpp"
#include "retry/control_record.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace spillway::retry {

namespace {

bool is_of_a_pause(const journal::NoticeRecord& notice) {
  using Kind = journal::NoticeRecord::Kind;
  return notice.kind == Kind::paused || notice.kind == Kind::resumed;
}

}  // namespace

OutgoingMessage NoticeSender::message_of(const journal::NoticeRecord& notice) const {
  using Kind = journal::NoticeRecord::Kind;
  if (notice.kind == Kind::copy_over) {
    return {.topic = parts_.topics.accepted(),
            .message = CopyOver{notice.event, notice.destination, ""}.encode(),
            .partition = node_partition(parts_.node_tag, parts_.accepted_partitions)};
  }
  ControlRecord record;
  if (notice.kind == Kind::void_copies) {
    record.asks = VoidCopies{notice.event, notice.destination, notice.generation};
  } else {
    PauseEverywhere asks{notice.destination, notice.kind == Kind::paused, notice.reason,
                         parts_.node};
    if (parts_.control != nullptr) {
      asks.pauses = parts_.control->pauses(notice.destination).until(parts_.clock.now());
    }
    record.asks = std::move(asks);
  }
  return {.topic = parts_.topics.control(), .message = record.encode()};
}

void NoticeSender::stop() {
  stopped_ = true;
  parts_.executor.cancel(std::exchange(timer_, 0));
}

void NoticeSender::look_again(core::Duration pause) {
  if (stopped_) {
    return;
  }
  timer_ = parts_.executor.run_at(parts_.clock.now() + pause, [this] {
    timer_ = 0;
    look();
  });
}

void NoticeSender::look() {
  if (!parts_.writer.takes(0) || parts_.accepted_partitions == 0) {
    return look_again(kSecondTry);
  }
  const auto notices = journal::Reader(parts_.store).notices(forgotten_, kBatchMax);
  if (!notices) {
    core::log(core::LogLevel::error, "notices.unreadable", {{"error", notices.error().message}});
    return look_again(kSecondTry);
  }
  if (notices->empty()) {
    return look_again(kPause);
  }
  // What is told of a pause takes the place of what was told before, so that must be known.
  if (parts_.control != nullptr && !parts_.control->caught_up() &&
      std::ranges::any_of(*notices, is_of_a_pause, &journal::Notice::record)) {
    return look_again(kSecondTry);
  }
  failed_ = false;
  under_way_ = notices->size();
  for (const journal::Notice& notice : *notices) {
    parts_.writer.write(message_of(notice.record), parts_.executor,
                        [this, number = notice.number](const core::Result<void>& result) {
                          written(number, result);
                        });
  }
}

void NoticeSender::written(std::uint64_t number, const core::Result<void>& result) {
  if (result && !failed_) {
    told_.push_back(number);
  } else {
    failed_ = true;  // those behind it are told again, in their order
  }
  if (--under_way_ == 0) {
    forget();
  }
}

void NoticeSender::forget() {
  if (told_.empty()) {
    return look_again(kSecondTry);
  }
  const std::uint64_t last = told_.back();
  parts_.commands.submit(std::make_unique<journal::ForgetNotices>(
      parts_.executor, std::exchange(told_, {}),
      [this, last](const core::Result<std::size_t>& done) {
        forgotten_ = done ? last : forgotten_;
        look_again(done && !failed_ ? core::Duration{} : kSecondTry);
      }));
}

}  // namespace spillway::retry
