#include "retry/ledger_books.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "journal/reader.hpp"

namespace spillway::retry {
namespace {

constexpr core::Duration kSecondTry = std::chrono::seconds(1);

}  // namespace

core::Result<std::int64_t> LedgerBooks::begin() {
  const journal::Reader reader(store_);
  const auto position = reader.ledger();
  if (!position) {
    return std::unexpected(position.error());
  }
  const auto partition = static_cast<std::uint32_t>(partition_);
  if (*position && (*position)->topic == topic_ && (*position)->partition == partition) {
    return static_cast<std::int64_t>((*position)->next_offset);
  }
  const auto any = reader.hands_over_any();
  if (!any) {
    return std::unexpected(any.error());
  }
  if (*position && *any) {
    return core::fail(core::ErrorCode::conflict,
                      fmt::format("deliveries of this node wait in Kafka and their fates are "
                                  "written to partition {} of {}, not to {} of {}: put prefix "
                                  "and partitions back, or take the deliveries back first",
                                  (*position)->partition, (*position)->topic, partition, topic_));
  }
  commands_.submit(std::make_unique<journal::ApplyFates>(
      executor_, std::vector<journal::Fate>(), journal::LedgerRecord{topic_, partition, 0},
      [](const core::Result<std::size_t>&) {}));
  return 0;
}

journal::DestinationNumber LedgerBooks::number_of(const std::string& destination) {
  if (const auto known = numbers_.find(destination); known != numbers_.end()) {
    return known->second;
  }
  if (const auto all = journal::Reader(store_).destinations()) {
    for (const journal::NamedDestinationRecord& one : *all) {
      numbers_[one.name] = one.record.number;
    }
  }
  const auto known = numbers_.find(destination);
  return known == numbers_.end() ? journal::kNoDestination : known->second;
}

void LedgerBooks::take(FateRecord fate, std::int64_t offset, core::Task done) {
  gathered_.fates.push_back({.event = fate.event,
                             .destination = number_of(fate.destination),
                             .generation = fate.generation,
                             .state = fate.state,
                             .reason = fate.reason,
                             .due = fate.due,
                             .attempts = fate.attempts,
                             .attempt = std::move(fate.attempt)});
  gathered_.done.push_back(std::move(done));
  gathered_.next_offset = offset + 1;
  if (writing_.fates.empty()) {
    writing_ = std::exchange(gathered_, {});
    write();
  }
}

void LedgerBooks::write() {
  commands_.submit(std::make_unique<journal::ApplyFates>(
      executor_, writing_.fates,
      journal::LedgerRecord{topic_, static_cast<std::uint32_t>(partition_),
                            static_cast<std::uint64_t>(writing_.next_offset)},
      [this](const core::Result<std::size_t>& applied) {
        if (!applied) {
          core::log(core::LogLevel::error, "fates.unrecorded",
                    {{"error", applied.error().message}});
          executor_.run_at(clock_.now() + kSecondTry, [this] { write(); });
          return;
        }
        Batch written = std::exchange(writing_, std::exchange(gathered_, {}));
        if (!writing_.fates.empty()) {
          write();
        }
        for (core::Task& done : written.done) {
          done();
        }
      }));
}

}  // namespace spillway::retry
