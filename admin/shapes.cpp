#include "admin/shapes.hpp"

#include <fmt/format.h>

#include <chrono>

#include "http/problem.hpp"

namespace spillway::admin {

using core::ErrorCode;
using core::JsonWriter;

std::string time_text(core::Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
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
  if (record.last_status == 0) {
    json.null();
  } else {
    json.value(static_cast<unsigned>(record.last_status));
  }
  json.key("parked").value(record.parked);
  json.key("custody").value(core::to_string(record.custody));
  json.key("opened").value(time_text(record.opened));
  json.key("updated").value(time_text(record.updated));
  json.key("due");
  write_time(json, pending ? std::optional(record.due) : std::nullopt);
}

void write_attempt(JsonWriter& json, const core::Attempt& attempt) {
  json.begin_object();
  json.key("generation").value(attempt.generation);
  json.key("number").value(attempt.number);
  json.key("started").value(time_text(attempt.started));
  json.key("took_seconds").value(seconds(attempt.took));
  json.key("outcome").value(core::to_string(attempt.outcome));
  json.key("status");
  if (attempt.status == 0) {
    json.null();
  } else {
    json.value(static_cast<unsigned>(attempt.status));
  }
  json.key("error");
  write_text(json, attempt.error);
  json.key("response_excerpt");
  write_text(json, attempt.excerpt);
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
