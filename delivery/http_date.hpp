// Reading HTTP-date (RFC 9110 section 5.6.7) in its three forms; strict, any thread.
#pragma once

#include "core/clock.hpp"

#include <optional>
#include <string_view>

namespace spillway::delivery {

// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or
// "Sun Nov  6 08:49:37 1994". A two-digit year that seems more than 50 years ahead of `now` is
// taken for the past century. Whether the weekday fits the date is not looked at.
[[nodiscard]] std::optional<core::Time> parse_http_date(std::string_view text, core::Time now);

}  // namespace spillway::delivery
