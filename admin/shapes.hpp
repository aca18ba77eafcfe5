// How the API writes what it shows: times in RFC 3339, durations in seconds, states by their
// names. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "admin/journal_view.hpp"
#include "admin/query.hpp"
#include "admin/role.hpp"
#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "core/error.hpp"
#include "core/json_text.hpp"
#include "http/message.hpp"
#include "journal/records.hpp"

namespace spillway::admin {

[[nodiscard]] std::string time_text(core::Time time);  // UTC, six digits of a second
// Of RFC 3339, in any offset; empty when it is no such time.
[[nodiscard]] std::optional<core::Time> parse_time(std::string_view text);
// From the one to before the other, if they are given.
struct Period {
  core::Time from = core::Time::min();
  core::Time to = core::Time::max();
};
// Of a query's parameters `from` and `to`.
[[nodiscard]] core::Result<Period> period_in(const Query& query);
[[nodiscard]] double seconds(core::Duration duration);

// Absent values are null, so that every answer has all its members.
void write_time(core::JsonWriter& json, std::optional<core::Time> time);
void write_seconds(core::JsonWriter& json, std::optional<core::Duration> duration);
void write_text(core::JsonWriter& json, std::string_view text);  // empty: null
void write_status(core::JsonWriter& json, unsigned status);      // of HTTP; 0, no answer: null

// The members `accepted` and one per state.
void write_counts(core::JsonWriter& json, const journal::Counts& counts);

// The members that name an event: id, source, when, size.
void write_event_members(core::JsonWriter& json, const JournalView& view,
                         const journal::EventHead& head);
// The members of a delivery, without its attempts.
void write_delivery_members(core::JsonWriter& json, std::string_view destination,
                            const journal::DeliveryRecord& record);
// The members of an attempt. What the destination answered only operators see.
void write_attempt_members(core::JsonWriter& json, const core::Attempt& attempt, Role role);
// Why an attempt did not deliver, in short; null: there is none.
void write_failure(core::JsonWriter& json, const core::Attempt* attempt);

[[nodiscard]] std::optional<core::DeliveryState> parse_state(std::string_view text);
[[nodiscard]] std::optional<core::Reason> parse_reason(std::string_view text);

[[nodiscard]] http::Response json_response(core::JsonWriter json);
[[nodiscard]] http::Response error_response(const core::Error& error);

}  // namespace spillway::admin
