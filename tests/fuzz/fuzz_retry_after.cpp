// Any text as a Retry-After, or as an HTTP-date: a wait that is none or not negative, whatever the
// time is; and a date that is taken, written out again, is read the same.
#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/check.hpp"
#include "delivery/http_date.hpp"
#include "delivery/retry_after.hpp"
#include "http/date_header.hpp"

namespace {

using namespace spillway;

// Years of four digits, which is what we write.
bool is_writable(core::Time time) {
  return time >= std::chrono::sys_days{std::chrono::year{1000} / 1 / 1} &&
         time < std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};
}

constexpr std::chrono::sys_days kDays[] = {
    std::chrono::sys_days{std::chrono::year{1970} / 1 / 1},
    std::chrono::sys_days{std::chrono::year{1999} / 12 / 31},
    std::chrono::sys_days{std::chrono::year{2026} / 6 / 1},
    std::chrono::sys_days{std::chrono::year{2199} / 2 / 28},
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const core::Time now : kDays) {
    const auto wait = delivery::parse_retry_after(text, now);
    CHECK(!wait || *wait >= core::Duration::zero());
    const auto date = delivery::parse_http_date(text, now);
    if (date && is_writable(*date)) {
      CHECK(delivery::parse_http_date(http::format_http_date(*date), now) == date);
    }
  }
  return 0;
}
