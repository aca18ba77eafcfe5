// How the last hour went, step by step: for the node and for each of its first destinations. Told
// every step what the counters stand at, it keeps what happened in between. In memory only;
// bounded, at 32 bytes a step. Pure; owned by the admin context; admin thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/metrics.hpp"

namespace spillway::admin {

// What stands of a destination, or of the node, at the end of a step. Counts since the start.
struct Reading {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;  // attempts that delivered
  std::uint64_t failed = 0;     // attempts that did not
  std::uint64_t dead = 0;       // given up on
  std::uint64_t pending = 0;
  std::optional<core::Duration> oldest_pending{};
  core::Histogram::Snapshot lag{};  // empty: not measured
};

class History {
 public:
  static constexpr core::Duration kStep = std::chrono::seconds(10);
  static constexpr std::size_t kStepsKept = 360;
  static constexpr std::size_t kDestinationsMax = 200;

  // One step; what was not there is not a number. Counts are of the step, the rest of its end.
  struct Sample {
    float accepted;
    float delivered;
    float failed;
    float dead;
    float pending;
    float oldest_pending_seconds;
    float lag_p50_seconds;
    float lag_p99_seconds;
  };
  static const Sample kNothing;

  struct Series {
    core::Time from{};  // where its first step begins
    std::vector<Sample> samples{};
  };

  // What stands now, by the names of the destinations. The first of all only sets out.
  void take(core::Time now, const Reading& node, const std::map<std::string, Reading>& readings);

  [[nodiscard]] Series of_node() const;
  // Empty: it is none of those kept.
  [[nodiscard]] std::optional<Series> of(std::string_view destination) const;

 private:
  // Its samples end with the newest step; it began later if there are fewer.
  struct Track {
    Reading last;
    std::int64_t last_step = 0;
    std::vector<Sample> samples;  // a ring, by the step's number
  };

  void advance(Track& track, const Reading& reading) const;
  [[nodiscard]] Series series(const Track& track) const;
  [[nodiscard]] std::int64_t first_step() const;

  std::optional<std::int64_t> began_;  // the step that the first reading ended
  std::int64_t step_ = 0;              // the newest
  Track node_;
  std::map<std::string, Track, std::less<>> destinations_;
};

}  // namespace spillway::admin
