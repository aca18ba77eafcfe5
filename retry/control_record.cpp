#include "retry/control_record.hpp"

#include "retry/header_reader.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

namespace spillway::retry {
namespace {

constexpr std::string_view kVoidPrefix = "void/";
constexpr std::string_view kPausePrefix = "pause/";
constexpr std::string_view kNodePrefix = "node/";
// An empty value is a tombstone, so what is asked has one.
constexpr std::string_view kAsked = "1";

// <from>-<to>,<from>-<to>
std::string spans_text(const std::vector<PauseSpan>& pauses) {
  std::string text;
  for (const PauseSpan& span : pauses) {
    text.append(text.empty() ? "" : ",")
        .append(text_of(span.from))
        .append("-")
        .append(text_of(span.to));
  }
  return text;
}

bool parse_time(std::string_view text, core::Time& time) {
  std::uint64_t micros = 0;
  const bool parsed = parse_number(text, kMicrosMax, micros);
  time = core::Time{core::Duration{micros}};
  return parsed;
}

std::optional<std::vector<PauseSpan>> parse_pauses(std::string_view text) {
  std::vector<PauseSpan> pauses;
  for (bool more = !text.empty(); more;) {
    const std::string_view span = text.substr(0, text.find(','));
    more = span.size() < text.size();
    text.remove_prefix(span.size() + (more ? 1 : 0));
    const std::size_t dash = span.find('-');
    PauseSpan parsed;
    if (dash == std::string_view::npos || pauses.size() == PauseHistory::kSpansMax ||
        !parse_time(span.substr(0, dash), parsed.from) ||
        !parse_time(span.substr(dash + 1), parsed.to)) {
      return std::nullopt;
    }
    pauses.push_back(parsed);
  }
  return pauses;
}

struct Encode {
  bool over;

  SpoolMessage operator()(const VoidCopies& asks) const {
    return {.key = fmt::format("{}{}/{}/{}", kVoidPrefix, asks.event.to_string(), asks.generation,
                               asks.destination),
            .headers = {},
            .value = std::string(over ? "" : kAsked)};
  }
  SpoolMessage operator()(const PauseEverywhere& asks) const {
    SpoolMessage message{
        .key = std::string(kPausePrefix).append(asks.destination), .headers = {}, .value = {}};
    if (!over) {
      message.headers = {{"spillway-paused", asks.paused ? "1" : "0"},
                         {"spillway-reason", asks.reason},
                         {"spillway-node", asks.node}};
      if (!asks.pauses.empty()) {
        message.headers.push_back({"spillway-pauses", spans_text(asks.pauses)});
      }
      message.value = kAsked;
    }
    return message;
  }
  SpoolMessage operator()(const NodeSign& sign) const {
    SpoolMessage message{
        .key = fmt::format("{}{}", kNodePrefix, sign.tag), .headers = {}, .value = {}};
    if (!over) {
      message.headers = {{"spillway-node", sign.node},
                         {"spillway-adopted-by", sign.adopted_by},
                         {"spillway-lease", text_of(sign.lease)},
                         {"spillway-accepted", fmt::to_string(sign.figures.accepted)},
                         {"spillway-pending", fmt::to_string(sign.figures.pending)},
                         {"spillway-dead", fmt::to_string(sign.figures.dead)}};
      if (!sign.admin.empty()) {
        message.headers.push_back({"spillway-admin", sign.admin});
      }
      message.value = kAsked;
    }
    return message;
  }
};

// <event id>/<generation>/<destination>
std::optional<VoidCopies> parse_void_key(std::string_view key) {
  constexpr std::size_t kIdSize = 36;
  const auto event = core::EventId::parse(key.substr(0, kIdSize));
  if (!event || event->to_string() != key.substr(0, kIdSize) ||
      !key.substr(kIdSize).starts_with('/')) {
    return std::nullopt;
  }
  key.remove_prefix(kIdSize + 1);
  const std::size_t slash = key.find('/');
  std::uint64_t generation = 0;
  if (slash == std::string_view::npos || slash + 1 == key.size() ||
      !parse_number(key.substr(0, slash), kCountMax, generation)) {
    return std::nullopt;
  }
  return VoidCopies{.event = *event,
                    .destination = std::string(key.substr(slash + 1)),
                    .generation = static_cast<std::uint32_t>(generation)};
}

}  // namespace

SpoolMessage ControlRecord::encode() const {
  return std::visit(Encode{over}, asks);
}

core::Result<ControlRecord> ControlRecord::decode(const SpoolMessage& message) {
  HeaderReader in(message, "control message");
  const std::string_view key = message.key;
  ControlRecord record;
  record.over = message.value.empty();
  if (!record.over && message.value != kAsked) {
    in.refuse("the value", "is not known");
  }
  if (key.starts_with(kVoidPrefix)) {
    auto asks = parse_void_key(key.substr(kVoidPrefix.size()));
    if (!asks) {
      in.refuse("the key", "names no delivery and generation");
    } else {
      record.asks = *std::move(asks);
    }
  } else if (key.starts_with(kPausePrefix) && key.size() > kPausePrefix.size()) {
    PauseEverywhere asks;
    asks.destination = key.substr(kPausePrefix.size());
    if (!record.over) {
      asks.paused = in.flag("spillway-paused");
      asks.reason = in.text("spillway-reason");
      asks.node = in.text("spillway-node");
      auto pauses = parse_pauses(in.has("spillway-pauses") ? in.text("spillway-pauses") : "");
      if (!pauses) {
        in.refuse("spillway-pauses", "names no spans of time");
      } else {
        asks.pauses = *std::move(pauses);
      }
    }
    record.asks = std::move(asks);
  } else if (key.starts_with(kNodePrefix)) {
    NodeSign sign;
    std::uint64_t tag = 0;
    if (!parse_number(key.substr(kNodePrefix.size()), 0xffff, tag)) {
      in.refuse("the key", "names no node");
    }
    sign.tag = static_cast<std::uint16_t>(tag);
    if (!record.over) {
      constexpr std::uint64_t kMost = std::uint64_t{1} << 53;
      sign.node = in.text("spillway-node");
      sign.adopted_by = in.text("spillway-adopted-by");
      sign.admin = in.has("spillway-admin") ? in.text("spillway-admin") : "";
      sign.lease = in.duration("spillway-lease");
      sign.figures = {in.number("spillway-accepted", kMost), in.number("spillway-pending", kMost),
                      in.number("spillway-dead", kMost)};
    }
    record.asks = std::move(sign);
  } else {
    in.refuse("the key", "asks for nothing known");
  }
  if (auto read = in.finish(); !read) {
    return std::unexpected(std::move(read).error());
  }
  return record;
}

}  // namespace spillway::retry
