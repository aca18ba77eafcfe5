#include "admin/trail.hpp"

namespace spillway::admin {

namespace {

constexpr std::string_view kSignIns = "session.";  // session.begin, session.end

}  // namespace

void Trail::add(std::uint64_t number, std::string_view action) {
  shares_[action.starts_with(kSignIns) ? 1 : 0].numbers.push_back(number);
  last_ = number;
}

std::vector<std::uint64_t> Trail::take_surplus() {
  std::vector<std::uint64_t> surplus;
  for (Share& share : shares_) {
    while (share.numbers.size() > share.kept) {
      surplus.push_back(share.numbers.front());
      share.numbers.pop_front();
    }
  }
  return surplus;
}

}  // namespace spillway::admin
