// The engine: all lanes of one executor, from a delivery that was opened to its outcome in the
// journal. It does what lanes, schedule and judgement decide: sends through a Sender, settles
// through the journal's command queue, refills lanes from a Backlog. Everything here runs on that
// executor; other threads go through the Dispatcher.
#pragma once

#include "core/byte_budget.hpp"
#include "core/clock.hpp"
#include "core/executor.hpp"
#include "core/random.hpp"
#include "delivery/backlog.hpp"
#include "delivery/claims.hpp"
#include "delivery/dead_log.hpp"
#include "delivery/destination.hpp"
#include "delivery/fence.hpp"
#include "delivery/lane.hpp"
#include "delivery/park_clock.hpp"
#include "delivery/probe.hpp"
#include "delivery/sender.hpp"
#include "delivery/spool.hpp"
#include "delivery/visit.hpp"
#include "journal/command.hpp"
#include "journal/records.hpp"
#include "journal/settle.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

namespace spillway::delivery {

struct Judgement;  // judgement.hpp

// A configured destination with what the journal knows of it.
struct LaneSetup {
  DestinationPtr destination;
  journal::DestinationRecord record;
};

// A delivery that was opened.
struct Opened {
  journal::OpenDelivery delivery;
  core::EventPtr event;  // the one it delivers, where it is at hand; else a refill finds it
};

// What an engine works with; all of it outlives the engine.
struct EngineParts {
  core::Executor& executor;
  const core::Clock& clock;
  core::Random& random;
  journal::CommandQueue& commands;
  Backlog& backlog;
  Sender& sender;
  core::ByteBudget& bodies;  // for bodies waiting and in flight; shared by all engines
  Probe& probe;
  Claims* claims = nullptr;      // none: no other node accepts the same events
  Spool* spool = nullptr;        // none: everything waits here
  const Fence* fence = nullptr;  // none: nothing has copies
};

class Engine {
 public:
  // After this, an outcome that could not be written is tried again,
  static constexpr core::Duration kSecondTry = std::chrono::seconds(1);
  // a delivery whose event could not be read is put back,
  static constexpr core::Duration kUnreadablePause = std::chrono::seconds(10);
  // after this, one that no limit of ours left room to attempt.
  static constexpr core::Duration kNoRoomPause = std::chrono::seconds(1);
  // after this, one that is not this node's at the moment (fence.hpp).
  static constexpr core::Duration kFencedPause = std::chrono::seconds(1);
  // Tries to write one outcome; then the delivery is attempted again, which is counted.
  static constexpr int kSettleTriesMax = 30;
  // What stop() allows beyond its deadline for the outcomes of the attempts it cut off.
  static constexpr core::Duration kSettleGrace = std::chrono::seconds(1);

  explicit Engine(EngineParts parts) : parts_(parts) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The destinations this engine has from now on. A new one starts with what waits in the journal;
  // a known one gets its new policy at the next attempt; for one left out, attempts under way end
  // and the rest stays pending. `record` counts for new ones only.
  void apply(const std::vector<LaneSetup>& setups);

  // An opened delivery that is durable, or one that was pending and has ended: it is not attempted
  // any more. With its event, the first attempt starts within this call
  // if there is room. Ignored for destinations that are not configured: it stays pending.
  void offer(Opened opened);

  // Attempts what is not this journal's to attempt, when its destination's lane has a slot for it.
  // Calls back exactly once, never from within the call.
  void visit(Visit visit, VisitCallback callback);

  // The destination was paused or resumed in the journal, at about `now`. Ask for both with
  // SetPaused answered on executor(), so that they arrive here in the order they were committed.
  void pause(journal::DestinationNumber number);
  void resume(journal::DestinationNumber number);

  // Starts nothing more, and calls back on the executor when every attempt under way has ended and
  // its outcome is written. At the deadline what is still under way is cut off; kSettleGrace later
  // it calls back whatever is missing. The engine must live until the Sender, the Backlog and the
  // journal have answered everything.
  void stop(core::Time deadline, core::Task done);

  [[nodiscard]] core::Executor& executor() const { return parts_.executor; }
  [[nodiscard]] std::size_t open() const { return open_; }  // attempts not yet settled

 private:
  // A visit that waits for a slot, or is being made.
  struct Visiting {
    Visit visit;
    VisitCallback callback;
    core::Time came;
  };

  // A lane with what its engine needs to serve it.
  struct Member {
    Member(const LaneSetup& setup, const EngineParts& parts);

    DestinationPtr destination;
    journal::DestinationRecord record;
    Lane lane;
    LaneProbe probe;
    DeadLog dead_log;
    ParkClock park_clock;
    std::deque<Visiting> visits;  // that wait for a slot
    bool retired = false;         // not configured any more
    core::TimerId timer = 0;
    core::Time timer_due;
  };

  // That a destination was paused or resumed.
  struct Told {
    enum class What { paused, resumed };

    // False: the record says so already.
    bool change(journal::DestinationRecord& record) const;

    What what;
    core::Time at;
  };

  // An attempt under way. Its policy is the one it started with.
  struct Flight {
    Member* member;
    DestinationPtr destination;
    Waiting waiting;
    core::Time started;
    std::uint64_t turn = 0;  // of the fence, when its lane let it go
  };

  // An outcome being written.
  struct Record {
    Member* member;
    core::EventId event;
    core::Time due;  // as the index has it until then
    journal::Settlement settlement;
    int tries = 0;
    std::optional<HandedDelivery> to_hand_over{};  // if it may wait elsewhere: as it was before
  };

  [[nodiscard]] Member* find(journal::DestinationNumber number);
  void tell(journal::DestinationNumber number, const Told& told);
  [[nodiscard]] bool is_fenced() const { return parts_.fence != nullptr && !parts_.fence->holds(); }
  [[nodiscard]] std::uint64_t turn() const { return parts_.fence ? parts_.fence->turn() : 0; }
  // Before the first byte.
  [[nodiscard]] bool is_fenced(const Flight& flight) const {
    return flight.waiting.delivery.record.replicated && parts_.fence != nullptr &&
           (flight.turn != turn() ||
            !parts_.fence->holds_for(flight.destination->options.total_timeout));
  }
  void pump(Member& member);
  void arm(Member& member);
  void disarm(Member& member);
  void halt_or_proceed(Member& member);

  void start(Member& member, Waiting waiting);
  void read_event(Flight flight);
  void event_read(Flight flight, core::Result<core::EventPtr> event);
  // Claims the event first where that is still to be done.
  void begin(Flight flight);
  void claimed(Flight flight, Claim claim);
  void send(Flight flight);
  void sent(Flight flight, SendResult result);
  void attempt_ended(Member& member, const Destination& destination, const core::EventId& event,
                     core::Time opened, const Judgement& judgement);
  // Ends a flight that was no attempt: the delivery is in the index again after the pause.
  void put_back(Flight flight, core::Duration pause);
  void pause_gone(Member& member);
  // Decides whether this failed delivery may go on holding back its ordering key.
  void judge_park(Member& member, const journal::OpenDelivery& delivery,
                  journal::Settlement& settlement);
  // Parks those whose time is over, without an attempt.
  void park_overdue(Member& member);
  void unblocked(Member& member, const std::vector<journal::OpenDelivery>& deliveries);
  void log_change(Member& member, Pace::Change change, core::Time now);
  void log_dead_summary(Member& member, core::Time now);
  void fetched(Member& member, core::Result<Fetched> result);

  // What is needed to hand it over, if it waits long enough for that.
  std::optional<HandedDelivery> to_hand_over(Flight& flight, const journal::Settlement& settlement,
                                             core::Duration paused);
  void hand_over(Member& member, HandedDelivery handed, const journal::Settlement& settlement);

  void start_visits(Member& member);
  std::optional<journal::Settlement> time_is_over(Member& member, const Visit& visit);
  void start_visit(Member& member, Visiting visiting, journal::Sequence number);
  void visited(Member& member, const DestinationPtr& destination, Visiting visiting,
               journal::Sequence number, core::Time started, SendResult result);
  void turn_away(Visiting visiting, VisitEnd end);

  void settle(Record record);
  void settled(Record record, core::Result<journal::Settled> outcome);
  // Hands a delivery back from memory: it waits in the index until `due`, or is finished.
  void release(Member& member, journal::Sequence sequence, std::optional<core::Time> due);
  void retire_if_idle(Member& member);
  void close_one();
  void report_stopped();

  EngineParts parts_;
  // Members stay at their address while anything of theirs is under way.
  std::unordered_map<journal::DestinationNumber, Member> members_;
  // The last of each, configured or not: whoever brings one back may have read its record before.
  std::unordered_map<journal::DestinationNumber, Told> told_;
  std::size_t open_ = 0;
  bool stopping_ = false;
  core::TimerId stop_timer_ = 0;
  core::Task stopped_;
};

}  // namespace spillway::delivery
