// How a sink treats its requests: well, or as badly as it was told to. Pure: told the time and a
// random number, says what to do with a request. Its fields are set by name and text, the same on
// the command line and over HTTP. Plain data, one thread.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/random.hpp"

namespace spillway::app {

// What becomes of one request.
enum class Treatment {
  accept,        // 200
  fail,          // the status asked for
  hang,          // read, then no answer until the sender gives up
  reset_before,  // the connection is reset before the body is read
  reset_after,   // read whole, then reset without an answer
  garbage,       // answered with bytes that are not HTTP
};

struct Misbehaviour {
  // The share of requests answered with `status`. With a status and no share, all of them.
  std::optional<double> fail;
  std::optional<int> status;
  std::optional<std::chrono::seconds> retry_after;  // with `status`
  core::Duration delay{};                           // before every answer
  bool hang = false;
  double reset_before = 0;  // shares
  double reset_after = 0;
  double garbage = 0;
  // Every so long, for so long, all requests are reset unread.
  core::Duration down_every{};
  core::Duration down_for{};

  // Names the field and what was expected when it refuses.
  [[nodiscard]] core::Result<void> set(std::string_view field, std::string_view text);

  [[nodiscard]] double failing() const { return fail.value_or(status ? 1 : 0); }
  [[nodiscard]] int failure_status() const { return status.value_or(503); }

  // `running`: since the sink, or this behaviour, began.
  [[nodiscard]] bool down(core::Duration running) const;
  [[nodiscard]] Treatment treat(core::Duration running, core::Random& random) const;
};

struct MisbehaviourField {
  std::string_view name;
  std::string_view form;  // of its value, such as RATE
  std::string_view help;
};
[[nodiscard]] std::span<const MisbehaviourField> misbehaviour_fields();

}  // namespace spillway::app
