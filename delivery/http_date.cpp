#include "delivery/http_date.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace spillway::delivery {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::size_t kShortDay = 3;

// Takes a date apart from left to right. After the first mismatch everything fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  void literal(std::string_view expected) {
    if (rest_.starts_with(expected)) {
      rest_.remove_prefix(expected.size());
    } else {
      failed_ = true;
    }
  }

  int digits(std::size_t count) {
    if (rest_.size() < count) {
      failed_ = true;
      return 0;
    }
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      failed_ = failed_ || c < '0' || c > '9';
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  // The day of asctime is padded with a space.
  int padded_digits() {
    if (!rest_.starts_with(' ')) {
      return digits(2);
    }
    literal(" ");
    return digits(1);
  }

  unsigned month() {
    const auto found = std::ranges::find(kMonths, rest_.substr(0, 3));
    if (found == kMonths.end()) {
      failed_ = true;
      return 0;
    }
    rest_.remove_prefix(3);
    return static_cast<unsigned>(found - kMonths.begin()) + 1;
  }

  core::Duration time_of_day() {
    const int hour = digits(2);
    literal(":");
    const int minute = digits(2);
    literal(":");
    const int second = digits(2);
    failed_ = failed_ || hour > 23 || minute > 59 || second > 60;  // 60: a leap second
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  }

  [[nodiscard]] bool succeeded() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::optional<core::Time> assemble(const Scanner& scanner, int year, unsigned month, int day,
                                   core::Duration time_of_day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!scanner.succeeded() || !date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + time_of_day;
}

// What follows "Sun, ".
std::optional<core::Time> parse_fixdate(std::string_view text) {
  Scanner scanner(text);
  const int day = scanner.digits(2);
  scanner.literal(" ");
  const unsigned month = scanner.month();
  scanner.literal(" ");
  const int year = scanner.digits(4);
  scanner.literal(" ");
  const core::Duration time_of_day = scanner.time_of_day();
  scanner.literal(" GMT");
  return assemble(scanner, year, month, day, time_of_day);
}

// What follows "Sunday, ".
std::optional<core::Time> parse_rfc850(std::string_view text, core::Time now) {
  Scanner scanner(text);
  const int day = scanner.digits(2);
  scanner.literal("-");
  const unsigned month = scanner.month();
  scanner.literal("-");
  const int year_of_century = scanner.digits(2);
  scanner.literal(" ");
  const core::Duration time_of_day = scanner.time_of_day();
  scanner.literal(" GMT");
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
  const int this_year = static_cast<int>(today.year());
  int year = this_year - this_year % 100 + year_of_century;
  if (year > this_year + 50) {
    year -= 100;
  }
  return assemble(scanner, year, month, day, time_of_day);
}

// What follows "Sun ".
std::optional<core::Time> parse_asctime(std::string_view text) {
  Scanner scanner(text);
  const unsigned month = scanner.month();
  scanner.literal(" ");
  const int day = scanner.padded_digits();
  scanner.literal(" ");
  const core::Duration time_of_day = scanner.time_of_day();
  scanner.literal(" ");
  const int year = scanner.digits(4);
  return assemble(scanner, year, month, day, time_of_day);
}

}  // namespace

std::optional<core::Time> parse_http_date(std::string_view text, core::Time now) {
  for (const std::string_view day : kDays) {
    if (text.starts_with(day) && text.substr(day.size()).starts_with(", ")) {
      return parse_rfc850(text.substr(day.size() + 2), now);
    }
    if (!text.starts_with(day.substr(0, kShortDay))) {
      continue;
    }
    const std::string_view rest = text.substr(kShortDay);
    if (rest.starts_with(", ")) {
      return parse_fixdate(rest.substr(2));
    }
    if (rest.starts_with(' ')) {
      return parse_asctime(rest.substr(1));
    }
  }
  return std::nullopt;
}

}  // namespace spillway::delivery
