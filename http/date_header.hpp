// The value of the Date header (RFC 9110 section 6.6.1), written anew once a second. Belongs to one
// listener and its thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace spillway::http {

// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::string format_http_date(core::Time time);

class DateHeader {
 public:
  // Valid until the next call.
  [[nodiscard]] std::string_view at(core::Time now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

}  // namespace spillway::http
