// The port through which an engine reads deliveries that wait on disk. JournalBacklog is the
// production one; tests put failures in front of it. One per engine, used on the engine's executor.
#pragma once

#include "core/byte_budget.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "delivery/body_share.hpp"
#include "journal/records.hpp"
#include "journal/reopen.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace spillway::delivery {

// A delivery waiting in memory for its turn, or in flight. Without an event it is read when the
// turn has come. `bytes` are those of its body: reserved for as long as the body is held, but for
// one body in each lane (docs/correctness.md 17).
struct Waiting {
  journal::OpenDelivery delivery;
  core::EventPtr event{};
  core::ByteBudget::Reservation bytes{};
  std::size_t body_bytes = 0;
};

struct FetchRequest {
  journal::DestinationNumber destination = journal::kNoDestination;
  core::Time from;   // nothing due before it is looked at
  core::Time until;  // nor anything due after it
  std::size_t limit = 0;
  // If set: what was changed then or later is left out, though it counts towards the limit.
  std::optional<core::Time> updated_before;
  bool fenced = false;                  // what has copies is left out likewise
  std::vector<journal::Sequence> held;  // sorted; these are left out
  BodyShare bodies;                     // as many as may wait come along
};

struct Fetched {
  std::vector<Waiting> waiting;  // in order of their due time
  // Due time of the first one after those; empty if nothing else waits.
  std::optional<core::Time> next_due;
  std::optional<core::Time> fenced_due;  // of the first left out for having copies
  bool not_yet = false;                  // one that would have been found is not durable yet
};

class Backlog {
 public:
  using FetchCallback = std::move_only_function<void(core::Result<Fetched>)>;
  using ReadCallback = std::move_only_function<void(core::Result<core::EventPtr>)>;

  virtual ~Backlog() = default;

  // Both call back exactly once, on the engine's executor, never from within the call. What was
  // committed before the call is seen.
  virtual void fetch(FetchRequest request, FetchCallback callback) = 0;
  virtual void read(journal::Sequence sequence, ReadCallback callback) = 0;
};

}  // namespace spillway::delivery
