// Slows down whoever guesses tokens, at the sign-in or in a header: after ten wrong ones within a
// minute, an address waits until the minute is over. Bounded in how many addresses it remembers;
// the one that was wrong longest ago is forgotten first. Pure; owned by the admin context; admin
// thread.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "core/clock.hpp"

namespace spillway::admin {

class GuessGate {
 public:
  static constexpr std::size_t kWrongMax = 10;
  static constexpr core::Duration kWithin = std::chrono::minutes(1);
  static constexpr std::size_t kAddressesMax = 1000;

  // How long this address has to wait; empty: it may try.
  [[nodiscard]] std::optional<core::Duration> must_wait(const std::string& address,
                                                        core::Time now) const;
  // It tried a token that nobody holds.
  void wrong(const std::string& address, core::Time now);

 private:
  std::map<std::string, std::deque<core::Time>> wrong_;  // when each was, the last kWrongMax
};

}  // namespace spillway::admin
