#include "http/date_header.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace spillway::http {

std::string format_http_date(core::Time time) {
  // Not strftime: its names follow the locale.
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
      clock.seconds().count());
}

std::string_view DateHeader::at(core::Time now) {
  if (const std::int64_t second = core::to_unix_seconds(now); second != second_) {
    second_ = second;
    text_ = format_http_date(now);
  }
  return text_;
}

}  // namespace spillway::http
