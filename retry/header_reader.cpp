#include "retry/header_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace spillway::retry {
namespace {

constexpr std::size_t kOwnMax = 32;

}  // namespace

std::string text_of(core::Time time) {
  return fmt::format("{}", core::to_micros(time));
}
std::string text_of(core::Duration duration) {
  return fmt::format("{}", duration.count());
}

bool parse_number(std::string_view text, std::uint64_t max, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool padded = text.size() > 1 && text.front() == '0';
  return error == std::errc{} && end == text.data() + text.size() && !padded && number <= max;
}

HeaderReader::HeaderReader(const SpoolMessage& message, std::string_view what) : what_(what) {
  for (const core::Header& header : message.headers) {
    if (!header.name.starts_with(kOwnHeaderPrefix)) {
      continue;
    }
    if (has(header.name)) {
      refuse(header.name, "is given more than once");
      return;
    }
    if (own_.size() == kOwnMax) {
      refuse(header.name, "is one of too many");
      return;
    }
    own_.push_back({header.name, header.value});
  }
}

bool HeaderReader::has(std::string_view name) const {
  return std::ranges::find(own_, name, &Own::name) != own_.end();
}

std::string_view HeaderReader::text(std::string_view name) {
  const auto found = std::ranges::find(own_, name, &Own::name);
  if (found == own_.end()) {
    refuse(name, "is missing");
    return {};
  }
  found->taken = true;
  return found->value;
}

std::string_view HeaderReader::name(std::string_view name) {
  const std::string_view value = text(name);
  if (value.empty()) {
    refuse(name, "is empty");
  }
  return value;
}

std::uint64_t HeaderReader::number(std::string_view name, std::uint64_t max) {
  std::uint64_t number = 0;
  if (!parse_number(text(name), max, number)) {
    refuse(name, fmt::format("is no number up to {}", max));
    return 0;
  }
  return number;
}

std::uint32_t HeaderReader::count(std::string_view name) {
  return static_cast<std::uint32_t>(number(name, kCountMax));
}

core::Time HeaderReader::time(std::string_view name) {
  return core::Time{duration(name)};
}

core::Duration HeaderReader::duration(std::string_view name) {
  return core::Duration{number(name, kMicrosMax)};
}

core::EventId HeaderReader::event(std::string_view name) {
  const std::string_view value = text(name);
  const auto id = core::EventId::parse(value);
  // One id has one text: keys are compared as texts.
  if (!id || id->to_string() != value) {
    refuse(name, "is no event id");
    return {};
  }
  return *id;
}

bool HeaderReader::flag(std::string_view name) {
  return number(name, 1) == 1;
}

void HeaderReader::refuse(std::string_view where, std::string_view why) {
  if (refusal_.empty()) {
    // Whoever wrote the message may have chosen a name of any length.
    refusal_ = fmt::format("{}: {} {}", what_, where.substr(0, 64), why);
  }
}

core::Result<void> HeaderReader::finish() {
  if (const auto left = std::ranges::find(own_, false, &Own::taken); left != own_.end()) {
    refuse(left->name, "is not known: is another version of spillway writing here?");
  }
  if (!refusal_.empty()) {
    return core::fail(core::ErrorCode::corrupt, refusal_);
  }
  return {};
}

}  // namespace spillway::retry
