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
// How many may be under way, and when the next may start, is the Pace's to say. While the breaker
// is open the lane holds nothing but its probe, the delivery that has waited longest, due or not.
// When the destination is back, all that waits is due at once: the lane walks the index through to
// its end, ahead of the clock (`catch_up_`), leaving out what has failed since.
//
// Of one ordering key, one attempt is under way at a time (docs/correctness.md 19).
//
// A body is held, waiting or in flight, only while its bytes are reserved from the budget that all
// lanes share, as much of it as BodyShare allows. One body in each lane is exempt, so that a full
// budget slows a lane but never stops it.
#pragma once

#include "core/byte_budget.hpp"
#include "core/clock.hpp"
#include "delivery/backlog.hpp"
#include "delivery/body_share.hpp"
#include "delivery/options.hpp"
#include "delivery/pace.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
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
  // After one that found what there is to be not yet durable.
  static constexpr core::Duration kNotYetPause = std::chrono::milliseconds(10);
  // Between two looks for room in the budget, if nothing happens before.
  static constexpr core::Duration kRoomPause = std::chrono::milliseconds(100);
  // Between two looks whether the fence is gone.
  static constexpr core::Duration kFencedPause = std::chrono::seconds(2);
  static constexpr std::size_t kUnsettledMax = 512;  // outcomes waiting to be written
  static constexpr std::size_t kOvertakenMax = 1024;
  static constexpr std::size_t kReleasedMax = 4096;

  // Starts with a refill: whatever waits from earlier is found by it.
  Lane(journal::DestinationNumber destination, const DestinationOptions& options,
       core::ByteBudget& bodies);

  void configure(const DestinationOptions& options);

  // A delivery was opened and is durable. It waits for next(), or is left to the index; without
  // an event always, where a refill finds it and the size of its body. One that has ended, or that
  // others attempt now, is let go of, unless its attempt is under way.
  void offer(journal::OpenDelivery delivery, core::EventPtr event, core::Time now);

  // The one to attempt now, if any may be: call until empty. It is in flight from here on, and
  // whoever attempts it keeps its `bytes` until attempted().
  [[nodiscard]] std::optional<Waiting> next(core::Time now);
  // Its attempt, begun then, has ended (or none was made); what came of it is being written.
  Pace::Change attempted(journal::Sequence sequence, const Health& health, core::Time began,
                         core::Time now);
  // That is written: the index has the delivery at `due`, or not any more.
  void settled(journal::Sequence sequence, std::optional<core::Time> due);

  // Whether a delivery that is not of this lane's index (visit.hpp) may be attempted now: it then
  // takes a slot until visited(). It leaves a share for what is opened; where others wait it takes
  // turns with them and gets no more than the share of the oldest due; and it probes only where
  // none of them is there to do so.
  [[nodiscard]] bool take_visit(core::Time now, journal::Sequence number);
  // When to ask again, after it was refused for reasons of time.
  [[nodiscard]] std::optional<core::Time> visit_again() const { return visit_again_; }
  Pace::Change visited(journal::Sequence number, const Health& health, core::Time began,
                       core::Time now);

  // Its turn has come by the end of another one of its ordering key: the index has it now.
  void unblocked(core::Time due) { waits_in_index(due); }
  // It was parked while it waited: what is held of it, or being read, is out of date.
  void parked(journal::Sequence sequence, core::Time due);
  [[nodiscard]] bool holds(journal::Sequence sequence) const { return held_.contains(sequence); }

  // What to fetch now, if anything; refilled() or refill_failed() must follow.
  [[nodiscard]] std::optional<FetchRequest> refill(core::Time now);
  void refilled(Fetched fetched, core::Time now);
  void refill_failed(core::Time now);
  // When next() and refill() should be asked again if nothing happens before.
  [[nodiscard]] std::optional<core::Time> wake(core::Time now) const;

  [[nodiscard]] const Pace& pace() const { return pace_; }
  // Once after an outage, when all that waited has been let go of: how long that took since the
  // destination was seen to be back.
  [[nodiscard]] std::optional<core::Duration> converged(core::Time now);

  // What has a copy that others may take over waits until it is this node's again (fence.hpp).
  void set_fenced(bool fenced);

  // Nothing new is started or read; what waits in memory goes back to the index.
  void halt();
  void proceed() { halted_ = false; }

  [[nodiscard]] std::size_t in_flight() const {
    return fresh_in_flight_ + due_in_flight_ + visits_in_flight_;
  }
  // Holds nothing, reads nothing and has no visits.
  [[nodiscard]] bool idle() const { return held_.empty() && !refill_ && visits_in_flight_ == 0; }

 private:
  enum class Stage { waiting, fresh_in_flight, due_in_flight, unsettled };
  struct Held {
    Stage stage = Stage::waiting;
    std::string ordering_key;
    bool early = false;     // attempted before it was due
    std::size_t bytes = 0;  // reserved for its body
    // It was opened anew meanwhile: where the index has it when this one is settled.
    std::optional<core::Time> reopened;
  };
  using DueOrder = std::pair<core::Time, journal::Sequence>;

  enum class RefillKind {
    due,
    probe,     // the first there is, due or not
    catch_up,  // what is due later as well
  };
  struct Refill {
    RefillKind kind = RefillKind::due;
    core::Time from;
    core::Time at;  // when to start it
  };
  // All that was in the index when the destination came back, and has not failed since, is due.
  struct CatchUp {
    core::Time from;   // what is due before has been looked at
    core::Time since;  // when it came back
  };

  [[nodiscard]] std::size_t window() const { return 2 * pace_.limit(); }
  // So many slots belong to the oldest due deliveries whenever some wait (docs/correctness.md 18);
  // so many are kept from them, so that retries never crowd out first attempts.
  [[nodiscard]] std::size_t share() const { return (pace_.limit() + 4) / 5; }
  [[nodiscard]] bool is_fenced(const Waiting& waiting) const {
    return fenced_ && waiting.delivery.record.replicated;
  }
  [[nodiscard]] bool due_is_owed() const;
  [[nodiscard]] bool due_may_go() const;
  [[nodiscard]] bool may_visit() const;
  [[nodiscard]] bool may_start(Waiting& waiting, core::Time now);
  // What follows for the lane from a change of its pace.
  void changed(Pace::Change change, core::Time now);
  // Takes the next whose ordering key is free to the front of both queues.
  void set_busy_keys_aside();
  void set_aside(Waiting waiting);
  [[nodiscard]] bool is_busy(const Waiting& waiting);
  void free_key(const std::string& key);
  // Gives what waits in memory back to the index.
  void let_go();
  void let_go(const Waiting& waiting);
  void withdraw(journal::Sequence sequence);
  [[nodiscard]] bool has_space() const;
  [[nodiscard]] std::optional<Refill> next_refill(core::Time now) const;
  void go_on_catching_up(std::optional<core::Time> next);
  // Whether its body may be held in flight: reserves what it needs for that.
  [[nodiscard]] bool has_room(Waiting& waiting);
  [[nodiscard]] Waiting take_fresh();
  [[nodiscard]] Waiting take_due(core::Time now);
  // Lets go of what is fenced; it is read when the fence is gone.
  void set_fenced_aside(core::Time now);
  void waits_behind_fence(core::Time due);
  void take_off(const Waiting& waiting, Stage stage);
  // Whether what is held for the destination is not held for long: it answers, and soon.
  void notice_slowness(core::Time now);
  // Those that wait; they are read again when their turn comes.
  void let_go_of_bodies();
  // What is reserved for it, or may be held without.
  void let_go_of_body(Waiting& waiting);
  void release_body(journal::Sequence sequence);
  void waits_in_index(core::Time due);
  // Remembers that a refill took it, in case its offer is still to come. False: no room for that.
  [[nodiscard]] bool overtake(const journal::OpenDelivery& delivery, core::Time now);
  void forget_overtaken(core::Time now);
  [[nodiscard]] bool was_overtaken(const journal::OpenDelivery& delivery) const;

  const journal::DestinationNumber destination_;
  std::size_t max_in_flight_;
  Pace pace_;
  BodyShare bodies_;
  bool halted_ = false;
  bool fenced_ = false;

  std::unordered_map<journal::Sequence, Held> held_;
  std::deque<Waiting> fresh_;
  std::map<DueOrder, Waiting> due_;
  std::size_t fresh_in_flight_ = 0;
  std::size_t due_in_flight_ = 0;
  std::size_t visits_in_flight_ = 0;
  std::size_t unsettled_ = 0;
  bool last_was_due_ = false;
  bool last_was_visit_ = false;
  // By ordering key, for each that has an attempt under way: what waits for its end.
  std::unordered_map<std::string, std::vector<Waiting>> busy_keys_;
  std::optional<journal::Sequence> unreserved_;  // whose body is held without a reservation
  std::optional<core::Time> look_again_;         // next() could say more then
  std::optional<core::Time> visit_again_;        // take_visit() could
  core::Time heard_{};  // when an attempt last ended, or none was under way

  std::optional<core::Time> low_ = core::Time{};  // empty: nothing else waits in the index
  std::optional<core::Time> fenced_low_;          // nothing fenced is due before
  core::Time not_before_{};                       // no refill until then
  std::optional<Refill> refill_;                  // under way
  std::optional<CatchUp> catch_up_;
  std::optional<core::Time> recovered_;                             // and not converged since
  std::unordered_set<journal::Sequence> released_;                  // let go of since it started
  std::unordered_map<journal::Sequence, std::uint32_t> overtaken_;  // with their generation
  std::deque<DueOrder> overtaken_order_;  // by the time they were opened, near enough
};

}  // namespace spillway::delivery
