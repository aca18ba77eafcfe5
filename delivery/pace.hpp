// The pace of one destination: how many attempts may be under way, and when the next may start.
// It puts together the breaker, the concurrency limit, the ramp after an outage, the configured
// rate, and what the destination asked for by Retry-After. Pure; belongs to a lane.
#pragma once

#include "core/clock.hpp"
#include "core/rate_limit.hpp"
#include "delivery/breaker.hpp"
#include "delivery/concurrency_limit.hpp"
#include "delivery/options.hpp"
#include "delivery/slow_start.hpp"
#include "journal/records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace spillway::delivery {

// What an attempt says about the destination, whatever it says about the delivery.
struct Health {
  enum class Sign {
    none,    // nothing: we could not send, and should not try again at once
    over,    // nothing: the delivery's time was over, another one may go
    well,    // it answered as one does that is up
    busy,    // it answered that it has too much to do
    silent,  // no answer in the time it has
    ill,     // any other failure
  };
  Sign sign = Sign::none;
  core::Duration took{};
  core::Duration ask_again{};  // Retry-After: nothing is to come sooner; zero: not said
};

class Pace {
 public:
  enum class Change { none, opened, recovered };

  // `spread`: as Breaker wants it.
  Pace(std::uint32_t spread, const DestinationOptions& options);
  void configure(const DestinationOptions& options);

  // Attempts that may be under way now.
  [[nodiscard]] std::size_t limit() const;
  [[nodiscard]] Breaker::State state() const { return breaker_.state(); }
  [[nodiscard]] core::Time failing_since() const { return breaker_.failing_since(); }
  // No attempt has ended yet: nobody knows how the destination is.
  [[nodiscard]] bool unknown() const { return !known_; }
  // Its last attempt did not take long, whatever came of it.
  [[nodiscard]] bool is_quick() const { return quick_; }
  // While the breaker is open: when its next probe may start.
  [[nodiscard]] core::Time probe_at() const;

  // Whether a delivery that was just opened may start soon: else it is left to the index.
  [[nodiscard]] bool takes_fresh(core::Time now, journal::Sequence sequence) const;
  // Takes leave to attempt this delivery now; it is then under way until ended().
  [[nodiscard]] bool try_start(core::Time now, journal::Sequence sequence, std::size_t in_flight);
  // Set by a try_start() that was refused for reasons of time: when to ask again.
  [[nodiscard]] std::optional<core::Time> ask_again() const { return ask_again_; }

  // What waits is let go of on a ramp from now on.
  void begin_ramp(core::Time now) { ramp_.begin(now); }

  struct Attempt {
    journal::Sequence sequence = 0;
    core::Time began;
    bool early = false;         // before it was due
    std::size_t in_flight = 0;  // so many were under way, it included
  };
  Change ended(const Attempt& attempt, const Health& health, core::Time now);

 private:
  Breaker breaker_;
  ConcurrencyLimit limit_;
  SlowStart ramp_;
  std::optional<core::RateOptions> rate_options_;
  std::optional<core::RateLimit> rate_;
  core::Time held_until_{};  // by Retry-After
  bool known_ = false;
  bool quick_ = false;
  std::optional<core::Time> ask_again_;
};

}  // namespace spillway::delivery
