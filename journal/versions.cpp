#include "journal/versions.hpp"

#include <algorithm>
#include <compare>

#include "journal/dedup_index.hpp"
#include "journal/keys.hpp"

namespace spillway::journal {
namespace {

// An integer of any size, by its sign and its digits without leading zeros.
struct Integer {
  bool negative = false;
  std::string_view digits;
};

std::optional<Integer> parse_integer(std::string_view text) {
  Integer parsed;
  parsed.negative = text.starts_with('-');
  text.remove_prefix(parsed.negative ? 1 : 0);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  parsed.digits = text;
  parsed.negative = parsed.negative && !text.empty();  // -0 is 0
  return parsed;
}

bool smaller(std::string_view left, std::string_view right) {
  return left.size() != right.size() ? left.size() < right.size() : left < right;
}

}  // namespace

bool older_version(std::string_view left, std::string_view right) {
  const auto a = parse_integer(left);
  const auto b = parse_integer(right);
  if (!a || !b) {
    return left < right;
  }
  if (a->negative != b->negative) {
    return a->negative;
  }
  return a->negative ? smaller(b->digits, a->digits) : smaller(a->digits, b->digits);
}

bool older(const VersionRecord& left, const VersionRecord& right) {
  if (older_version(left.version, right.version)) {
    return true;
  }
  return !older_version(right.version, left.version) && left.sequence < right.sequence;
}

core::Result<std::optional<VersionRecord>> find_version(const Readable& store, OrderingKey key,
                                                        std::uint32_t today, core::Time now) {
  const std::uint32_t newest = std::max(day_of(now), today);
  const std::uint32_t oldest = day_of(now - kVersionWindow);
  for (std::uint32_t day = newest; day + 1 > oldest; --day) {
    const auto stored = store.get(Table::versions, keys::version(day, key.destination, key.hash));
    if (!stored) {
      return std::unexpected(stored.error());
    }
    if (!*stored) {
      continue;
    }
    auto record = VersionRecord::decode(**stored);
    if (!record) {
      return std::unexpected(std::move(record).error());
    }
    return record->expires > now ? std::optional(*std::move(record)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace spillway::journal
