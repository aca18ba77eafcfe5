// Which records of the trail are kept: the newest of what operators did, and beside them, with a
// share of their own, the newest sign-ins and sign-outs, so that whoever signs in again and again
// erases nothing but these. Knows the records by their numbers only. Pure; the committer's thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace spillway::admin {

inline constexpr std::size_t kActionsKept = 10'000;
inline constexpr std::size_t kSignInsKept = 1'000;

class Trail {
 public:
  // A record of that action, "destination.pause", stands under the number, which is higher than
  // those before.
  void add(std::uint64_t number, std::string_view action);

  // Those that are more than are kept: they are to go, and known no more.
  [[nodiscard]] std::vector<std::uint64_t> take_surplus();

  // The highest number; 0: there is no record.
  [[nodiscard]] std::uint64_t last() const { return last_; }

 private:
  struct Share {
    std::size_t kept;
    std::deque<std::uint64_t> numbers{};  // ascending
  };

  std::array<Share, 2> shares_{{{kActionsKept}, {kSignInsKept}}};
  std::uint64_t last_ = 0;
};

}  // namespace spillway::admin
