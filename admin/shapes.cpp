#include "admin/shapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "admin/errors.hpp"
#include "http/problem.hpp"

namespace spillway::admin {

using core::ErrorCode;
using core::JsonWriter;

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes so many digits off the text, and one of the separators if there are any.
std::optional<int> take_number(std::string_view& text, std::size_t digits,
                               std::string_view separators) {
  const std::string_view number = text.substr(0, digits);
  if (number.size() < digits || !std::ranges::all_of(number, is_digit)) {
    return std::nullopt;
  }
  int value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  text.remove_prefix(digits);
  if (!separators.empty()) {
    if (text.empty() || !separators.contains(text.front())) {
      return std::nullopt;
    }
    text.remove_prefix(1);
  }
  return value;
}

// ".25" to microseconds; nothing there is zero.
std::optional<core::Duration> take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) {
    return core::Duration{};
  }
  text.remove_prefix(1);
  std::int64_t micros = 0;
  std::int64_t digit_micros = 100'000;
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    micros += (text[digits] - '0') * digit_micros;
    digit_micros /= 10;
  }
  text.remove_prefix(digits);
  return digits == 0 ? std::nullopt : std::optional(core::Duration{micros});
}

// "Z" or "+02:00": how far ahead of UTC.
std::optional<core::Duration> take_offset(std::string_view& text) {
  const char sign = text.empty() ? '\0' : text.front();
  text.remove_prefix(std::min<std::size_t>(text.size(), 1));
  if (sign == 'Z' || sign == 'z') {
    return core::Duration{};
  }
  const auto hours = take_number(text, 2, ":");
  const auto minutes = take_number(text, 2, "");
  if ((sign != '+' && sign != '-') || !hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const core::Duration ahead = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return sign == '+' ? ahead : -ahead;
}

core::Result<core::Time> time_in(const Query& query, std::string_view name, core::Time otherwise) {
  const auto text = query.find(name);
  if (!text) {
    return otherwise;
  }
  const auto time = parse_time(*text);
  if (!time) {
    return invalid(fmt::format(
        "the parameter \"{}\" is \"{}\"; it is a time like 2026-03-01T12:00:00Z", name, *text));
  }
  return *time;
}

}  // namespace

std::string time_text(core::Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::optional<core::Time> parse_time(std::string_view text) {
  const auto year = take_number(text, 4, "-");
  const auto month = take_number(text, 2, "-");
  const auto day = take_number(text, 2, "Tt ");
  const auto hour = take_number(text, 2, ":");
  const auto minute = take_number(text, 2, ":");
  const auto second = take_number(text, 2, "");
  const auto fraction = take_fraction(text);
  const auto offset = take_offset(text);
  if (!year || !month || !day || !hour || !minute || !second || !fraction || !offset ||
      !text.empty() || *hour > 23 || *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) {
    return std::nullopt;
  }
  return core::Time(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *fraction - *offset;
}

core::Result<Period> period_in(const Query& query) {
  const Period whole;
  const auto from = time_in(query, "from", whole.from);
  const auto to = time_in(query, "to", whole.to);
  if (!from || !to) {
    return std::unexpected(from ? to.error() : from.error());
  }
  return Period{*from, *to};
}

double seconds(core::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

void write_time(JsonWriter& json, std::optional<core::Time> time) {
  if (time) {
    json.value(time_text(*time));
  } else {
    json.null();
  }
}

void write_seconds(JsonWriter& json, std::optional<core::Duration> duration) {
  if (duration) {
    json.value(seconds(*duration));
  } else {
    json.null();
  }
}

void write_text(JsonWriter& json, std::string_view text) {
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

void write_status(JsonWriter& json, unsigned status) {
  if (status == 0) {
    json.null();
  } else {
    json.value(status);
  }
}

void write_counts(JsonWriter& json, const journal::Counts& counts) {
  json.key("accepted").value(counts.accepted);
  for (std::size_t i = 0; i < core::kDeliveryStates; ++i) {
    json.key(core::to_string(static_cast<core::DeliveryState>(i))).value(counts.by_state[i]);
  }
}

void write_event_members(JsonWriter& json, const JournalView& view,
                         const journal::EventHead& head) {
  json.key("event_id").value(head.id.to_string());
  json.key("source").value(view.source_name(head.source));
  json.key("received").value(time_text(head.received));
  json.key("body_bytes").value(head.body_size);
}

void write_delivery_members(JsonWriter& json, std::string_view destination,
                            const journal::DeliveryRecord& record) {
  const bool pending = record.state == core::DeliveryState::pending;
  json.key("destination").value(destination);
  json.key("state").value(core::to_string(record.state));
  json.key("reason");
  write_text(json, record.reason == core::Reason::none ? "" : core::to_string(record.reason));
  json.key("generation").value(record.generation);
  json.key("attempts_made").value(record.attempts);
  json.key("last_status");
  write_status(json, record.last_status);
  json.key("order").value(core::to_string(record.order));
  json.key("blocked").value(record.blocked);
  json.key("parked").value(record.parked);
  json.key("out_of_order").value(record.out_of_order);
  json.key("custody").value(core::to_string(record.custody));
  json.key("opened").value(time_text(record.opened));
  json.key("updated").value(time_text(record.updated));
  json.key("due");
  write_time(json, pending && !record.blocked ? std::optional(record.due) : std::nullopt);
}

void write_attempt_members(JsonWriter& json, const core::Attempt& attempt, Role role) {
  json.key("generation").value(attempt.generation);
  json.key("number").value(attempt.number);
  json.key("started").value(time_text(attempt.started));
  json.key("took_seconds").value(seconds(attempt.took));
  json.key("outcome").value(core::to_string(attempt.outcome));
  json.key("status");
  write_status(json, attempt.status);
  json.key("error");
  write_text(json, attempt.error);
  json.key("response_excerpt");
  write_text(json, role == Role::operating ? attempt.excerpt : "");
}

void write_failure(JsonWriter& json, const core::Attempt* attempt) {
  if (attempt == nullptr) {
    json.null();
    return;
  }
  json.begin_object();
  json.key("at").value(time_text(attempt->started));
  json.key("outcome").value(core::to_string(attempt->outcome));
  json.key("status");
  write_status(json, attempt->status);
  json.key("error");
  write_text(json, attempt->error);
  json.end_object();
}

std::optional<core::DeliveryState> parse_state(std::string_view text) {
  for (std::size_t i = 0; i < core::kDeliveryStates; ++i) {
    if (const auto state = static_cast<core::DeliveryState>(i); core::to_string(state) == text) {
      return state;
    }
  }
  return std::nullopt;
}

std::optional<core::Reason> parse_reason(std::string_view text) {
  for (std::size_t i = 0; i < core::kReasons; ++i) {
    if (const auto reason = static_cast<core::Reason>(i); core::to_string(reason) == text) {
      return reason;
    }
  }
  return std::nullopt;
}

http::Response json_response(JsonWriter json) {
  return {.status = 200, .content_type = "application/json", .body = json.take()};
}

http::Response error_response(const core::Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_argument:
      return http::problem(400, error.message);
    case ErrorCode::unauthenticated: {
      http::Response response = http::problem(401, error.message);
      response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"spillway\""});
      return response;
    }
    case ErrorCode::forbidden:
      return http::problem(403, error.message);
    case ErrorCode::not_found:
      return http::problem(404, error.message);
    case ErrorCode::conflict:
      return http::problem(409, error.message);
    case ErrorCode::too_large:
      return http::problem(413, error.message);
    case ErrorCode::unavailable:
    case ErrorCode::out_of_space:
    case ErrorCode::timeout:
    case ErrorCode::cancelled:
      return http::problem_retry_after(503, error.message, std::chrono::seconds(5));
    case ErrorCode::corrupt:
    case ErrorCode::io:
      return http::problem(500, error.message);
  }
  return http::problem(500, error.message);
}

}  // namespace spillway::admin
