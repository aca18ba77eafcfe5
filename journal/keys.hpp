// The keys of every table, made and taken apart (docs/journal-format.md). Integers big-endian, so
// that byte order is number order. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/records.hpp"

namespace spillway::journal {

// Where a sequence is read: kept when it lies below the watermark, live otherwise.
enum class Region { kept, live };
[[nodiscard]] inline Region region_of(Sequence sequence, Sequence retired_below) {
  return sequence < retired_below ? Region::kept : Region::live;
}

namespace keys {

inline constexpr std::string_view kFormat = "format";
inline constexpr std::string_view kNode = "node";
inline constexpr std::string_view kCommit = "commit";
inline constexpr std::string_view kSlicePrefix = "slice/";
inline constexpr std::string_view kDedupCountPrefix = "dedup/";
inline constexpr std::string_view kSourcePrefix = "source/";
inline constexpr std::string_view kDestinationPrefix = "destination/";
inline constexpr std::string_view kJobPrefix = "job/";
inline constexpr std::string_view kActionPrefix = "action/";
inline constexpr std::string_view kNoticePrefix = "notice/";
inline constexpr std::string_view kLedger = "ledger";

[[nodiscard]] std::string slice(Slice number);
[[nodiscard]] std::string dedup_count(std::uint32_t day, SourceNumber source);
[[nodiscard]] std::string source(std::string_view name);
[[nodiscard]] std::string destination(std::string_view name);
[[nodiscard]] std::string job(std::uint64_t number);
[[nodiscard]] std::string action(std::uint64_t number);
[[nodiscard]] std::string notice(std::uint64_t number);

// events, bodies
[[nodiscard]] std::string event(Region region, Sequence sequence);
[[nodiscard]] std::string id(const core::EventId& id);
[[nodiscard]] std::string id_value(Sequence sequence);
[[nodiscard]] std::string delivery(Region region, DeliveryRef ref);
[[nodiscard]] std::string due(DestinationNumber destination, core::Time due, Sequence sequence);
[[nodiscard]] std::string handed(core::Custody custody, DeliveryRef ref);
[[nodiscard]] std::string order(DeliveryRef ref, std::string_view ordering_key,
                                std::uint64_t position);
[[nodiscard]] std::string fate(Slice slice, core::DeliveryState state, DeliveryRef ref);
[[nodiscard]] std::string attempt(Region region, DeliveryRef ref, std::uint32_t generation,
                                  std::uint32_t number);
[[nodiscard]] std::string dedup(std::uint32_t day, SourceNumber source, const core::Digest128& key);
// Under kWaitingDay: the version that waits.
inline constexpr std::uint32_t kWaitingDay = 0xffffffff;
[[nodiscard]] std::string version(std::uint32_t day, DestinationNumber destination,
                                  std::string_view ordering_key);
[[nodiscard]] std::string counters(Slice slice, DestinationNumber destination);

// Beginnings of keys, for ranges. `after(prefix)` is the first key behind all that begin with it.
[[nodiscard]] std::string number_prefix(std::uint32_t number);  // all that begin with one
[[nodiscard]] std::string handed_prefix(core::Custody custody);
[[nodiscard]] std::string order_prefix(DestinationNumber destination,
                                       std::string_view ordering_key);
[[nodiscard]] std::string dedup_prefix(std::uint32_t day, SourceNumber source);
[[nodiscard]] std::string fate_prefix(Slice slice, core::DeliveryState state);
[[nodiscard]] std::string fate_prefix(Slice slice, core::DeliveryState state,
                                      DestinationNumber destination);
[[nodiscard]] std::string after(std::string prefix);

struct DueKey {
  DestinationNumber destination = 0;
  core::Time due;
  Sequence sequence = 0;
};
struct HandedKey {
  core::Custody custody = core::Custody::handing;
  DeliveryRef ref;
};
struct OrderKey {
  std::string_view ordering_key;
  std::uint64_t position = 0;
  DeliveryRef ref;
};
struct FateKey {
  Slice slice = 0;
  core::DeliveryState state = core::DeliveryState::pending;
  DeliveryRef ref;
};
struct RegionRef {
  Region region = Region::live;
  DeliveryRef ref;
};
struct AttemptKey {
  std::uint32_t generation = 0;
  std::uint32_t number = 0;
};
struct DedupCountKey {
  std::uint32_t day = 0;
  SourceNumber source = 0;
};
struct CountersKey {
  Slice slice = 0;
  DestinationNumber destination = 0;
};

// Empty for anything that is not a key of that table.
[[nodiscard]] std::optional<DueKey> parse_due(std::string_view key);
[[nodiscard]] std::optional<HandedKey> parse_handed(std::string_view key);
// `ordering_key` points into the key.
[[nodiscard]] std::optional<OrderKey> parse_order(std::string_view key);
[[nodiscard]] std::optional<FateKey> parse_fate(std::string_view key);
[[nodiscard]] std::optional<RegionRef> parse_delivery(std::string_view key);
[[nodiscard]] std::optional<RegionRef> parse_event(std::string_view key);  // destination is 0
[[nodiscard]] std::optional<AttemptKey> parse_attempt(std::string_view key);
[[nodiscard]] std::optional<CountersKey> parse_counters(std::string_view key);
[[nodiscard]] std::optional<Sequence> parse_id_value(std::string_view value);
[[nodiscard]] std::optional<DedupCountKey> parse_dedup_count(std::string_view key);
[[nodiscard]] std::optional<Slice> parse_slice(std::string_view key);
[[nodiscard]] std::optional<DestinationNumber> parse_version_destination(std::string_view key);
[[nodiscard]] std::optional<std::uint64_t> parse_job(std::string_view key);
[[nodiscard]] std::optional<std::uint64_t> parse_action(std::string_view key);
[[nodiscard]] std::optional<std::uint64_t> parse_notice(std::string_view key);

}  // namespace keys
}  // namespace spillway::journal
