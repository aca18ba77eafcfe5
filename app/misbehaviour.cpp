#include "app/misbehaviour.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "config/units.hpp"

namespace spillway::app {
namespace {

constexpr std::array<MisbehaviourField, 10> kFields{{
    {"fail", "RATE", "Share of requests that fail with the status"},
    {"status", "STATUS", "Of failures, 503 by default; without --fail, of every answer"},
    {"retry_after", "SECONDS", "Retry-After of failures"},
    {"delay", "DURATION", "Before every answer"},
    {"hang", "BOOL", "true: reads requests and never answers"},
    {"reset_before", "RATE", "Share reset before the body is read"},
    {"reset_after", "RATE", "Share read whole, then reset without an answer"},
    {"garbage", "RATE", "Share answered with bytes that are not HTTP"},
    {"down_every", "DURATION", "From the beginning of one outage to that of the next"},
    {"down_for", "DURATION", "How long an outage lasts; connections are reset"},
}};

template <class T>
bool read_number(std::string_view text, T min, T max, T& value) {
  T parsed{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, parsed);
  if (error != std::errc{} || stopped != end || !(parsed >= min && parsed <= max)) {
    return false;
  }
  value = parsed;
  return true;
}

core::Result<void> read_rate(std::string_view field, std::string_view text, double& rate) {
  if (read_number(text, 0.0, 1.0, rate)) {
    return {};
  }
  return core::fail(core::ErrorCode::invalid_argument,
                    fmt::format("{}: found \"{}\", expected a share from 0 to 1", field, text));
}

core::Result<void> read_duration(std::string_view field, std::string_view text,
                                 core::Duration& duration) {
  const auto parsed = config::parse_duration(text);
  if (!parsed) {
    return core::fail(
        core::ErrorCode::invalid_argument,
        fmt::format("{}: found \"{}\", expected {}", field, text, config::kDurationForm));
  }
  duration = *parsed;
  return {};
}

core::Result<void> expected(std::string_view field, std::string_view text, std::string_view what) {
  return core::fail(core::ErrorCode::invalid_argument,
                    fmt::format("{}: found \"{}\", expected {}", field, text, what));
}

}  // namespace

std::span<const MisbehaviourField> misbehaviour_fields() {
  return kFields;
}

core::Result<void> Misbehaviour::set(std::string_view field, std::string_view text) {
  if (field == "fail") {
    return read_rate(field, text, fail.emplace(0.0));
  }
  for (const auto& [name, rate] : {std::pair("reset_before", &Misbehaviour::reset_before),
                                   {"reset_after", &Misbehaviour::reset_after},
                                   {"garbage", &Misbehaviour::garbage}}) {
    if (field == name) {
      return read_rate(field, text, this->*rate);
    }
  }
  for (const auto& [name, duration] : {std::pair("delay", &Misbehaviour::delay),
                                       {"down_every", &Misbehaviour::down_every},
                                       {"down_for", &Misbehaviour::down_for}}) {
    if (field == name) {
      return read_duration(field, text, this->*duration);
    }
  }
  if (field == "status") {
    return read_number(text, 200, 599, status.emplace(0))
               ? core::Result<void>{}
               : expected(field, text, "a status, 200 to 599");
  }
  if (field == "retry_after") {
    std::int64_t seconds = 0;
    if (!read_number<std::int64_t>(text, 0, 86'400 * 365, seconds)) {
      return expected(field, text, "a number of seconds");
    }
    retry_after = std::chrono::seconds(seconds);
    return {};
  }
  if (field == "hang") {
    hang = text == "true";
    return hang || text == "false" ? core::Result<void>{} : expected(field, text, "true or false");
  }
  return core::fail(core::ErrorCode::invalid_argument, fmt::format("there is no \"{}\"", field));
}

bool Misbehaviour::down(core::Duration running) const {
  // The first outage begins after one period, so that there is something to interrupt.
  return down_every > core::Duration::zero() && running >= down_every &&
         running % down_every < down_for;
}

Treatment Misbehaviour::treat(core::Duration running, core::Random& random) const {
  if (down(running)) {
    return Treatment::reset_before;
  }
  if (hang) {
    return Treatment::hang;
  }
  constexpr double kSteps = 1 << 30;
  double drawn = static_cast<double>(random.below(1 << 30)) / kSteps;
  for (const auto& [share, treatment] : {std::pair(reset_before, Treatment::reset_before),
                                         {reset_after, Treatment::reset_after},
                                         {garbage, Treatment::garbage},
                                         {failing(), Treatment::fail}}) {
    if (drawn < share) {
      return treatment;
    }
    drawn -= share;
  }
  return Treatment::accept;
}

}  // namespace spillway::app
