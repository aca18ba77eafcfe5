#include "retry/lease_keeper.hpp"

#include "core/log.hpp"
#include "core/planted_bug.hpp"
#include "retry/accepted_record.hpp"

#include <utility>
#include <variant>

namespace spillway::retry {

void LeaseKeeper::stop() {
  stopped_ = true;
  parts_.executor.cancel(std::exchange(beat_timer_, 0));
  parts_.executor.cancel(std::exchange(read_timer_, 0));
}

void LeaseKeeper::beat() {
  parts_.executor.cancel(std::exchange(beat_timer_, 0));
  if (stopped_) {
    return;
  }
  ControlRecord record;
  record.asks = NodeSign{.tag = parts_.node_tag,
                         .node = parts_.node,
                         .adopted_by = {},
                         .admin = parts_.admin,
                         .lease = parts_.lease.length(),
                         .figures = parts_.figures()};
  parts_.probe.lease_is(parts_.lease.holds());
  parts_.writer.write(
      {.topic = parts_.topics.control(), .message = record.encode()}, parts_.executor,
      [this, written = parts_.lease.now(), number = ++beats_](const core::Result<void>& result) {
        if (result) {
          acknowledged(written, number);
        }
      });
  beat_timer_ = parts_.executor.run_at(parts_.clock.now() + kBeat, [this] {
    beat_timer_ = 0;
    beat();
  });
}

void LeaseKeeper::acknowledged(core::Duration written, std::uint64_t number) {
  if (stopped_) {
    return;
  }
  if (held_ && parts_.lease.renew(written)) {
    return;
  }
  if (held_) {
    core::log(core::LogLevel::warn, "lease.lost",
              {{"effect", "what others may have taken over is not attempted until that is known"}});
    lost();
  }
  seek(written, number);
}

void LeaseKeeper::lost() {
  held_ = fenced_ = false;
  parts_.lease.give_up();
  parts_.executor.cancel(std::exchange(read_timer_, 0));
  reader_.reset();
  ++reading_;
}

// In this order: a sign of life is in the log; whoever was about to take over can do so no more,
// and whoever begins after that hears the sign; another sign, since the one before may have been
// followed by the word that all was taken over; all that was taken over is read.
void LeaseKeeper::seek(core::Duration written, std::uint64_t number) {
  if (!fenced_) {
    if (auto fenced = parts_.log.fence(parts_.node_tag); !fenced) {
      core::log(core::LogLevel::warn, "lease.not_taken", {{"error", fenced.error().message}});
      return;  // the next sign tries again
    }
    fenced_ = true;
    fenced_after_ = beats_;
    signed_ = written;
    beat();
    return;
  }
  if (number <= fenced_after_) {
    return;
  }
  if (is_too_late()) {
    lost();
    return;
  }
  signed_ = written;
  if (reader_) {
    return;
  }
  auto made = parts_.log.read(
      {parts_.topics.accepted(), node_partition(parts_.node_tag, parts_.partitions)}, 0);
  if (!made) {
    core::log(core::LogLevel::warn, "lease.not_taken", {{"error", made.error().message}});
    return;
  }
  reader_ = *std::move(made);
  adopted_ = 0;
  read();
}

void LeaseKeeper::read() {
  const auto news = reader_->poll(kMessagesMax);
  const bool answered = news || news.error().code == core::ErrorCode::corrupt;
  if (!news || (news->messages.empty() && !news->caught_up)) {
    read_again(answered);
    return;
  }
  note(news->messages, news->caught_up);
}

void LeaseKeeper::read_again(bool answered) {
  read_timer_ = parts_.executor.run_at(parts_.clock.now() + pace_.after(answered), [this] {
    read_timer_ = 0;
    read();
  });
}

void LeaseKeeper::note(const std::vector<StoredMessage>& messages, bool is_all) {
  std::vector<journal::Adopted> adopted;
  for (const StoredMessage& message : messages) {
    const auto record = decode_accepted(message.message);
    const auto* const over = record ? std::get_if<CopyOver>(&*record) : nullptr;
    if (over != nullptr && !over->adopted_by.empty() && over->event.node_tag() == parts_.node_tag) {
      adopted.push_back({over->event, over->destination});
    }
  }
  if (adopted.empty() || core::kPlantedBug == core::PlantedBug::adopted_not_read) {
    noted(is_all);
    return;
  }
  parts_.commands.submit(std::make_unique<journal::NoteAdopted>(
      parts_.executor, std::move(adopted),
      [this, is_all, reading = reading_](core::Result<std::vector<journal::OpenDelivery>> there) {
        if (stopped_ || reading != reading_) {
          return;
        }
        if (!there) {
          core::log(core::LogLevel::error, "lease.not_taken", {{"error", there.error().message}});
          lost();
          return;
        }
        adopted_ += there->size();
        parts_.adopted(*std::move(there), [this, is_all, reading] {
          if (!stopped_ && reading == reading_) {
            noted(is_all);
          }
        });
      }));
}

void LeaseKeeper::noted(bool is_all) {
  if (!is_all) {
    read_again(true);
    return;
  }
  reader_.reset();
  if (is_too_late()) {
    lost();
    return;
  }
  held_ = true;
  parts_.lease.take(signed_);
  parts_.probe.lease_is(parts_.lease.holds());
  parts_.probe.adopted_elsewhere(adopted_);
  core::log(core::LogLevel::info, "lease.taken", {{"adopted_elsewhere", adopted_}});
}

}  // namespace spillway::retry
