// What a sink has received: how many requests, which events, how often again. Remembers a bounded
// number of ids, the newest; a repeat of an older one counts as distinct. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

namespace spillway::app {

class SinkLedger {
 public:
  static constexpr std::size_t kListedMax = 10'000;  // ids that received_json() tells

  // About 60 bytes are taken per id remembered.
  explicit SinkLedger(std::size_t ids_max) : ids_max_(ids_max) {}

  // Every request that was read whole, or reset.
  void request() { ++total_; }
  void invalid_signature() { ++invalid_signatures_; }
  void failed() { ++failed_; }
  void broken_off() { ++broken_off_; }
  // A request whose event was taken: answered with 2xx, or broken off after it was read, as by a
  // client that does its work and then dies.
  void take(std::string_view webhook_id);

  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t distinct() const { return distinct_; }
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }
  [[nodiscard]] std::uint64_t invalid_signatures() const { return invalid_signatures_; }
  [[nodiscard]] std::uint64_t out_of_order() const { return out_of_order_; }

  [[nodiscard]] std::string stats_json() const;
  [[nodiscard]] std::string received_json() const;  // distinct ids, oldest first

 private:
  using Id = std::array<std::uint8_t, 16>;
  struct IdHash {
    std::size_t operator()(const Id& id) const;
  };

  const std::size_t ids_max_;
  std::unordered_set<Id, IdHash> ids_;
  std::deque<Id> oldest_;
  std::deque<std::string> listed_;
  std::uint64_t total_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t distinct_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t broken_off_ = 0;
  std::uint64_t invalid_signatures_ = 0;
  std::uint64_t out_of_order_ = 0;  // first arrivals older than one that arrived before
  std::uint64_t newest_ = 0;        // Unix milliseconds in the ids
};

}  // namespace spillway::app
