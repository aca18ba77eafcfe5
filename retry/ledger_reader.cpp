#include "retry/ledger_reader.hpp"

#include "core/log.hpp"

#include <utility>

namespace spillway::retry {

void LedgerReader::stop() {
  executor_->cancel(std::exchange(timer_, 0));
}

void LedgerReader::poll() {
  bool answers = true;
  if (under_way_ < kUnderWayMax) {
    const auto news = reader_->poll(kUnderWayMax - under_way_);
    answers = news || news.error().code == core::ErrorCode::corrupt;
    note(news);
    if (news) {
      caught_up_ = news->caught_up;
      for (const StoredMessage& message : news->messages) {
        hand_over(message);
      }
    }
  }
  timer_ = executor_->run_at(clock_->now() + pace_.after(answers), [this] { poll(); });
}

void LedgerReader::hand_over(const StoredMessage& message) {
  auto fate = FateRecord::decode(message.message);
  if (!fate) {
    // The delivery it was about stays with Kafka in the books until a person looks.
    probe_->undecodable();
    core::log(core::LogLevel::error, "spool.fate_undecodable",
              {{"partition", message.partition.number},
               {"offset", message.offset},
               {"error", fate.error().message}});
    return;
  }
  ++under_way_;
  take_(*std::move(fate), message.offset, [this] { --under_way_; });
}

void LedgerReader::note(const core::Result<TopicNews>& news) {
  if (!news && news.error().code == core::ErrorCode::corrupt) {
    core::log(core::LogLevel::error, "spool.fates_lost", {{"error", news.error().message}});
    return;
  }
  if (news.has_value() == std::exchange(answers_, news.has_value())) {
    return;
  }
  if (news) {
    core::log(core::LogLevel::info, "spool.ledger_back");
  } else {
    core::log(core::LogLevel::warn, "spool.ledger_unavailable", {{"error", news.error().message}});
  }
}

}  // namespace spillway::retry
