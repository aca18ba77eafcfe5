#include "delivery/retry_after.hpp"

#include "core/trim.hpp"
#include "delivery/http_date.hpp"

#include <algorithm>

namespace spillway::delivery {

namespace {

// Any number of digits; what is absurdly long saturates.
std::chrono::seconds parse_seconds(std::string_view digits) {
  constexpr std::chrono::seconds kFarAway = std::chrono::years(100);
  std::chrono::seconds seconds{0};
  for (const char digit : digits) {
    seconds = std::min(seconds * 10 + std::chrono::seconds(digit - '0'), kFarAway);
  }
  return seconds;
}

}  // namespace

std::optional<core::Duration> parse_retry_after(std::string_view text, core::Time now) {
  text = core::trimmed(text);
  if (text.empty()) {
    return std::nullopt;
  }
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    return parse_seconds(text);
  }
  const auto date = parse_http_date(text, now);
  if (!date) {
    return std::nullopt;
  }
  return std::max(*date - now, core::Duration::zero());
}

}  // namespace spillway::delivery
