// SimDestination: a client endpoint and the network before it. It is healthy or in some trouble
// for a while: refuses, hangs, drops the connection before or after the request arrived, loses the
// reply, asks to wait, fails, or has gone. Outside the node, so it survives crashes. One thread.
#pragma once

#include <cstddef>
#include <optional>

#include "core/clock.hpp"
#include "delivery/options.hpp"
#include "delivery/sender.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/traffic.hpp"

namespace spillway::simulation {

// What becomes of one request.
struct Exchange {
  std::optional<core::Duration> arrives_after;  // empty: it never does
  core::Duration ends_after{};                  // for the sender
  delivery::SendResult result;
  std::optional<core::Duration> asked;  // to wait for so long
};

class SimDestination {
 public:
  // Numbered from 0, as in the options.
  SimDestination(Environment& environment, std::size_t index);

  [[nodiscard]] Exchange request(const delivery::SendRequest& request, const SentEvent& event);

 private:
  enum class Mood {
    healthy,
    slow,
    refuses,
    hangs_on_connect,
    hangs,
    resets_before_arrival,
    resets_after_arrival,
    answers_garbage,
    too_many_requests,
    unavailable,
    fails,
    redirects,
    rejects,
    gone,
    count_,
  };
  void change_mood();
  [[nodiscard]] Exchange no_response(core::Duration after, bool nothing_sent);
  [[nodiscard]] Exchange response(std::uint16_t status, core::Duration after);
  void ask_to_wait(Exchange& exchange);

  Environment* environment_;
  Mood mood_ = Mood::healthy;
  core::Time until_;
};

}  // namespace spillway::simulation
