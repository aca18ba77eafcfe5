// The trace of a run: everything that happened, folded into one number, so that two runs of a
// seed can be compared (I13), and printed line by line on request. One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/clock.hpp"

namespace spillway::simulation {

enum class Verbosity { quiet, verbose };

class Trace {
 public:
  explicit Trace(Verbosity verbosity) : verbosity_(verbosity) {}

  void note(core::Time now, std::string_view what, std::uint64_t value = 0,
            std::string_view detail = {});

  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  void mix(std::uint64_t value);

  Verbosity verbosity_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace spillway::simulation
