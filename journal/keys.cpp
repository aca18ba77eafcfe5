#include "journal/keys.hpp"

#include <concepts>

namespace spillway::journal::keys {
namespace {

constexpr Sequence kLiveBit = Sequence{1} << 63;

template <std::unsigned_integral Number>
void append(std::string& key, Number number) {
  for (int shift = static_cast<int>(sizeof number - 1) * 8; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(number >> shift));
  }
}

template <std::unsigned_integral Number>
Number read(std::string_view key, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number = static_cast<Number>(number << 8 | static_cast<std::uint8_t>(key[at + i]));
  }
  return number;
}

void append_sequence(std::string& key, Region region, Sequence sequence) {
  append(key, region == Region::live ? sequence | kLiveBit : sequence);
}

RegionRef read_sequence(std::string_view key) {
  const auto bits = read<std::uint64_t>(key, 0);
  return {(bits & kLiveBit) != 0 ? Region::live : Region::kept, {bits & ~kLiveBit, 0}};
}

std::string with_prefix(std::string_view prefix, std::string_view name) {
  std::string key(prefix);
  key += name;
  return key;
}

std::string numbered(std::string_view prefix, std::uint64_t number) {
  std::string key(prefix);
  append(key, number);
  return key;
}

std::optional<std::uint64_t> parse_numbered(std::string_view prefix, std::string_view key) {
  if (!key.starts_with(prefix) || key.size() != prefix.size() + 8) {
    return std::nullopt;
  }
  return read<std::uint64_t>(key, prefix.size());
}

}  // namespace

std::string slice(Slice number) {
  std::string key(kSlicePrefix);
  append(key, number);
  return key;
}

std::string dedup_count(std::uint32_t day, SourceNumber source) {
  std::string key(kDedupCountPrefix);
  append(key, day);
  append(key, source);
  return key;
}

std::string source(std::string_view name) {
  return with_prefix(kSourcePrefix, name);
}
std::string destination(std::string_view name) {
  return with_prefix(kDestinationPrefix, name);
}

std::string job(std::uint64_t number) {
  return numbered(kJobPrefix, number);
}

std::string action(std::uint64_t number) {
  return numbered(kActionPrefix, number);
}

std::string notice(std::uint64_t number) {
  return numbered(kNoticePrefix, number);
}

std::string event(Region region, Sequence sequence) {
  std::string key;
  append_sequence(key, region, sequence);
  return key;
}

std::string id(const core::EventId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

std::string id_value(Sequence sequence) {
  std::string value;
  append(value, sequence);
  return value;
}

std::string delivery(Region region, DeliveryRef ref) {
  std::string key;
  append_sequence(key, region, ref.sequence);
  append(key, ref.destination);
  return key;
}

std::string due(DestinationNumber destination, core::Time due, Sequence sequence) {
  std::string key;
  append(key, destination);
  append(key, static_cast<std::uint64_t>(core::to_micros(due)));
  append(key, sequence);
  return key;
}

std::string handed_prefix(core::Custody custody) {
  return {static_cast<char>(custody)};
}

std::string handed(core::Custody custody, DeliveryRef ref) {
  std::string key = handed_prefix(custody);
  append(key, ref.destination);
  append(key, ref.sequence);
  return key;
}

std::string order_prefix(DestinationNumber destination, std::string_view ordering_key) {
  std::string key;
  append(key, destination);
  key += ordering_key;
  return key;
}

std::string order(DeliveryRef ref, std::string_view ordering_key, std::uint64_t position) {
  std::string key = order_prefix(ref.destination, ordering_key);
  append(key, position);
  append(key, ref.sequence);
  return key;
}

std::string fate(Slice slice, core::DeliveryState state, DeliveryRef ref) {
  std::string key = fate_prefix(slice, state, ref.destination);
  append(key, ref.sequence);
  return key;
}

std::string attempt(Region region, DeliveryRef ref, std::uint32_t generation,
                    std::uint32_t number) {
  std::string key = delivery(region, ref);
  append(key, generation);
  append(key, number);
  return key;
}

std::string dedup_prefix(std::uint32_t day, SourceNumber source) {
  std::string key;
  append(key, day);
  append(key, source);
  return key;
}

std::string dedup(std::uint32_t day, SourceNumber source, const core::Digest128& key) {
  std::string made = dedup_prefix(day, source);
  made.append(reinterpret_cast<const char*>(key.data()), key.size());
  return made;
}

std::string version(std::uint32_t day, DestinationNumber destination,
                    std::string_view ordering_key) {
  std::string key;
  append(key, day);
  append(key, destination);
  key += ordering_key;
  return key;
}

std::string counters(Slice slice, DestinationNumber destination) {
  std::string key;
  append(key, slice);
  append(key, destination);
  return key;
}

std::string number_prefix(std::uint32_t number) {
  std::string key;
  append(key, number);
  return key;
}

std::string fate_prefix(Slice slice, core::DeliveryState state) {
  std::string key;
  append(key, slice);
  key.push_back(static_cast<char>(state));
  return key;
}

std::string fate_prefix(Slice slice, core::DeliveryState state, DestinationNumber destination) {
  std::string key = fate_prefix(slice, state);
  append(key, destination);
  return key;
}

std::string after(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') {
    prefix.pop_back();
  }
  if (prefix.empty()) {
    return std::string(64, '\xff');  // longer than any key
  }
  ++prefix.back();
  return prefix;
}

std::optional<DueKey> parse_due(std::string_view key) {
  if (key.size() != 20) {
    return std::nullopt;
  }
  return DueKey{read<std::uint32_t>(key, 0),
                core::from_micros(static_cast<std::int64_t>(read<std::uint64_t>(key, 4))),
                read<std::uint64_t>(key, 12)};
}

std::optional<HandedKey> parse_handed(std::string_view key) {
  if (key.size() != 13 || key[0] < static_cast<char>(core::Custody::handing) ||
      key[0] > static_cast<char>(core::Custody::replicating)) {
    return std::nullopt;
  }
  return HandedKey{static_cast<core::Custody>(key[0]),
                   {read<std::uint64_t>(key, 5), read<std::uint32_t>(key, 1)}};
}

std::optional<OrderKey> parse_order(std::string_view key) {
  if (key.size() != 36) {
    return std::nullopt;
  }
  return OrderKey{key.substr(4, 16),
                  read<std::uint64_t>(key, 20),
                  {read<std::uint64_t>(key, 28), read<std::uint32_t>(key, 0)}};
}

std::optional<FateKey> parse_fate(std::string_view key) {
  if (key.size() != 17 || static_cast<std::uint8_t>(key[4]) >= core::kDeliveryStates) {
    return std::nullopt;
  }
  return FateKey{read<std::uint32_t>(key, 0),
                 static_cast<core::DeliveryState>(key[4]),
                 {read<std::uint64_t>(key, 9), read<std::uint32_t>(key, 5)}};
}

std::optional<RegionRef> parse_delivery(std::string_view key) {
  if (key.size() != 12) {
    return std::nullopt;
  }
  RegionRef parsed = read_sequence(key);
  parsed.ref.destination = read<std::uint32_t>(key, 8);
  return parsed;
}

std::optional<RegionRef> parse_event(std::string_view key) {
  return key.size() == 8 ? std::optional(read_sequence(key)) : std::nullopt;
}

std::optional<AttemptKey> parse_attempt(std::string_view key) {
  if (key.size() != 20) {
    return std::nullopt;
  }
  return AttemptKey{read<std::uint32_t>(key, 12), read<std::uint32_t>(key, 16)};
}

std::optional<CountersKey> parse_counters(std::string_view key) {
  if (key.size() != 8) {
    return std::nullopt;
  }
  return CountersKey{read<std::uint32_t>(key, 0), read<std::uint32_t>(key, 4)};
}

std::optional<Sequence> parse_id_value(std::string_view value) {
  return value.size() == 8 ? std::optional(read<std::uint64_t>(value, 0)) : std::nullopt;
}

std::optional<DedupCountKey> parse_dedup_count(std::string_view key) {
  if (!key.starts_with(kDedupCountPrefix) || key.size() != kDedupCountPrefix.size() + 8) {
    return std::nullopt;
  }
  key.remove_prefix(kDedupCountPrefix.size());
  return DedupCountKey{read<std::uint32_t>(key, 0), read<std::uint32_t>(key, 4)};
}

std::optional<DestinationNumber> parse_version_destination(std::string_view key) {
  if (key.size() != 24) {
    return std::nullopt;
  }
  return read<std::uint32_t>(key, 4);
}

std::optional<Slice> parse_slice(std::string_view key) {
  if (!key.starts_with(kSlicePrefix) || key.size() != kSlicePrefix.size() + 4) {
    return std::nullopt;
  }
  return read<std::uint32_t>(key, kSlicePrefix.size());
}

std::optional<std::uint64_t> parse_job(std::string_view key) {
  return parse_numbered(kJobPrefix, key);
}

std::optional<std::uint64_t> parse_action(std::string_view key) {
  return parse_numbered(kActionPrefix, key);
}

std::optional<std::uint64_t> parse_notice(std::string_view key) {
  return parse_numbered(kNoticePrefix, key);
}

}  // namespace spillway::journal::keys
