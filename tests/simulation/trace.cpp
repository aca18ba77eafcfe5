#include "tests/simulation/trace.hpp"

#include <fmt/format.h>

namespace spillway::simulation {
namespace {

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

}  // namespace

void Trace::mix(std::uint64_t value) {
  hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15ULL;
  hash_ ^= hash_ >> 29;
}

void Trace::note(core::Time now, std::string_view what, std::uint64_t value,
                 std::string_view detail) {
  mix(static_cast<std::uint64_t>(core::to_micros(now)));
  mix(hash_of(what));
  mix(value);
  mix(hash_of(detail));
  if (verbosity_ == Verbosity::verbose) {
    fmt::print("{:>18.6f}  {} {} {}\n", static_cast<double>(core::to_micros(now)) / 1e6, what,
               value, detail);
  }
}

}  // namespace spillway::simulation
