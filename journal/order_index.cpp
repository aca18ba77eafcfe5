#include "journal/order_index.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "journal/keys.hpp"

namespace spillway::journal {
namespace {

constexpr std::size_t kFloorsMax = 16'384;
constexpr unsigned kPositionBits = 20;  // of those opened in one batch

std::uint64_t first_position(std::uint64_t commit) {
  return commit << kPositionBits;
}

}  // namespace

std::string OrderFloors::find(const std::string& prefix) const {
  const auto known = floors_.find(prefix);
  return known == floors_.end() ? prefix : known->second;
}

void OrderFloors::remember(const std::string& prefix, std::string floor) {
  if (floors_.size() >= kFloorsMax) {
    floors_.clear();
  }
  floors_[prefix] = std::move(floor);
}

std::uint64_t OrderIndex::take_position() {
  CHECK(taken_ >> kPositionBits == 0);
  return first_position(commit_) + taken_++;
}

core::Result<std::optional<Place>> OrderIndex::first(OrderingKey key) const {
  const std::string prefix = keys::order_prefix(key.destination, key.hash);
  const auto found = find(floors_->find(prefix), keys::after(prefix));
  if (!found) {
    return std::unexpected(found.error());
  }
  floors_->remember(prefix, found->stored.value_or(keys::order({0, key.destination}, key.hash,
                                                               first_position(commit_))));
  return found->place;
}

core::Result<std::optional<Place>> OrderIndex::next(OrderingKey key, Place after) const {
  const DeliveryRef behind{after.sequence + 1, key.destination};
  const auto found = find(keys::order(behind, key.hash, after.position),
                          keys::after(keys::order_prefix(key.destination, key.hash)));
  return found ? core::Result<std::optional<Place>>(found->place) : std::unexpected(found.error());
}

core::Result<OrderIndex::Found> OrderIndex::find(std::string_view from, std::string_view to) const {
  Found found;
  std::optional<std::string> row;
  const auto scanned = store_->scan(Table::order, from, to, Direction::forward,
                                    [&](std::string_view key, std::string_view) {
                                      if (!found.stored) {
                                        found.stored = key;
                                      }
                                      const auto staged = staged_.find(key);
                                      if (staged != staged_.end() && !staged->second) {
                                        return true;
                                      }
                                      row = key;
                                      return false;
                                    });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  for (auto staged = staged_.lower_bound(from); staged != staged_.lower_bound(to); ++staged) {
    if (staged->second) {
      row = row ? std::min(*row, staged->first) : staged->first;
      break;
    }
  }
  if (!row) {
    return found;
  }
  const auto parsed = keys::parse_order(*row);
  if (!parsed) {
    return core::fail(core::ErrorCode::corrupt, "a stored place in an order does not decode");
  }
  found.place = {parsed->position, parsed->ref.sequence};
  return found;
}

}  // namespace spillway::journal
