// Retry-After (RFC 9110 section 10.2.3): how long a destination asks to be left alone. Pure.
#pragma once

#include "core/clock.hpp"

#include <optional>
#include <string_view>

namespace spillway::delivery {

// No destination can ask for more than this.
inline constexpr core::Duration kRetryAfterMax = std::chrono::hours(1);

// Seconds or an HTTP-date, as a wait from `now`; zero for a date in the past. Empty when it is
// malformed: our own schedule holds then.
[[nodiscard]] std::optional<core::Duration> parse_retry_after(std::string_view text,
                                                              core::Time now);

}  // namespace spillway::delivery
