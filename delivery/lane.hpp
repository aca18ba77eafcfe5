// The lane: what one destination has in memory, and who goes next. Pure: told what happened and
// the time, says what to do; its engine does it. Belongs to one engine, on that engine's executor.
//
// The truth about what is pending is the journal's due index. A lane holds a part of it: deliveries
// just opened (fresh), a window of the oldest due, those in flight and those whose outcome is being
// written. What it does not hold stays in the index until a refill reads it. Two rules make that
// exact:
//
//   * Nothing due is skipped: every entry of the index that the lane does not hold is due at
//     `low_` or later, where the next refill starts. Whatever enters the index or is let go of is
//     told to the lane after it was committed, and lowers `low_`.
//   * Nothing is taken twice: a refill leaves out what is held, and what was let go of while it
//     was reading. An offer that comes later than the refill that already found its delivery is
//     known by `overtaken_`, or by being too old to be trusted.
//
// A body is held, waiting or in flight, only while its bytes are reserved from the budget that all
// lanes share. One body in each lane is exempt, so that a full budget slows a lane but never stops
// it.
#pragma once

#include "core/byte_budget.hpp"
#include "core/clock.hpp"
#include "delivery/backlog.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace spillway::delivery {

class Lane {
 public:
  // An offer older than this, counted from the opening, is left to the index.
  static constexpr core::Duration kOfferAgeMax = std::chrono::seconds(1);
  static constexpr core::Duration kRefillPause = std::chrono::seconds(1);  // after a failed one
  // After one that found what is due to be not yet durable.
  static constexpr core::Duration kNotYetPause = std::chrono::milliseconds(10);
  // Between two looks for room in the budget, if nothing happens before.
  static constexpr core::Duration kRoomPause = std::chrono::milliseconds(100);
  static constexpr std::size_t kUnsettledMax = 512;  // outcomes waiting to be written
  static constexpr std::size_t kOvertakenMax = 1024;
  static constexpr std::size_t kReleasedMax = 4096;

  // Starts with a refill: whatever waits from earlier is found by it.
  Lane(journal::DestinationNumber destination, std::size_t max_in_flight, core::ByteBudget& bodies);

  void set_max_in_flight(std::size_t limit);

  // A delivery was opened and is durable. It waits for next(), or is left to the index; without
  // an event always, where a refill finds it and the size of its body.
  void offer(journal::OpenDelivery delivery, core::EventPtr event, core::Time now);

  // The one to attempt now, if any may be: call until empty. It is in flight from here on, and
  // whoever attempts it keeps its `bytes` until attempted().
  [[nodiscard]] std::optional<Waiting> next(core::Time now);
  // Its attempt has ended (or none was made); what came of it is being written.
  void attempted(journal::Sequence sequence);
  // That is written: the index has the delivery at `due`, or not any more.
  void settled(journal::Sequence sequence, std::optional<core::Time> due);

  // What to fetch now, if anything; refilled() or refill_failed() must follow.
  [[nodiscard]] std::optional<FetchRequest> refill(core::Time now);
  void refilled(Fetched fetched, core::Time now);
  void refill_failed(core::Time now);
  // When next() and refill() should be asked again if nothing happens before.
  [[nodiscard]] std::optional<core::Time> wake() const;

  // Nothing new is started or read; what waits in memory goes back to the index.
  void halt();
  void proceed() { halted_ = false; }

  [[nodiscard]] std::size_t in_flight() const { return fresh_in_flight_ + due_in_flight_; }
  // Holds nothing and reads nothing.
  [[nodiscard]] bool idle() const { return held_.empty() && !fetching_from_; }

 private:
  enum class Stage { waiting, fresh_in_flight, due_in_flight, unsettled };
  struct Held {
    Stage stage = Stage::waiting;
    // It was opened anew meanwhile: where the index has it when this one is settled.
    std::optional<core::Time> reopened;
  };
  using DueOrder = std::pair<core::Time, journal::Sequence>;

  [[nodiscard]] std::size_t window() const { return 2 * max_in_flight_; }
  // So many slots belong to the oldest due deliveries whenever some wait (docs/correctness.md 18).
  [[nodiscard]] std::size_t due_share() const { return (max_in_flight_ + 4) / 5; }
  [[nodiscard]] bool wants_refill() const;
  // Whether its body may be held in flight: reserves what it needs for that.
  [[nodiscard]] bool has_room(Waiting& waiting);
  [[nodiscard]] Waiting take_fresh();
  [[nodiscard]] Waiting take_due();
  void let_go_of_body(journal::Sequence sequence);
  void waits_in_index(core::Time due);
  // Remembers that a refill took it, in case its offer is still to come. False: no room for that.
  [[nodiscard]] bool overtake(const journal::OpenDelivery& delivery, core::Time now);
  void forget_overtaken(core::Time now);
  [[nodiscard]] bool was_overtaken(const journal::OpenDelivery& delivery) const;

  const journal::DestinationNumber destination_;
  std::size_t max_in_flight_;
  core::ByteBudget* bodies_;
  bool halted_ = false;

  std::unordered_map<journal::Sequence, Held> held_;
  std::deque<Waiting> fresh_;
  std::map<DueOrder, Waiting> due_;
  std::size_t fresh_in_flight_ = 0;
  std::size_t due_in_flight_ = 0;
  std::size_t unsettled_ = 0;
  std::optional<journal::Sequence> unreserved_;  // whose body is held without a reservation
  std::optional<core::Time> look_for_room_;      // set while somebody waits for nothing else

  std::optional<core::Time> low_ = core::Time{};    // empty: nothing else waits in the index
  core::Time not_before_{};                         // no refill until then
  std::optional<core::Time> fetching_from_;         // set while a refill is under way
  std::unordered_set<journal::Sequence> released_;  // let go of since it started
  std::unordered_map<journal::Sequence, std::uint32_t> overtaken_;  // with their generation
  std::deque<DueOrder> overtaken_order_;  // by the time they were opened, near enough
};

}  // namespace spillway::delivery
