// OrderIndex: the table `order` as the batch being staged would leave it: which delivery of an
// ordering key comes first and next, and at
// which position the next one opens. Part of a Stage, committer's thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/error.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"

namespace spillway::journal {

// One ordering key of one destination; the text lives as long as the question.
struct OrderingKey {
  DestinationNumber destination = 0;
  std::string_view hash;
};

struct Place {
  std::uint64_t position = 0;
  Sequence sequence = 0;

  auto operator<=>(const Place&) const = default;
};

// Where the rows of an ordering key begin, or might: those before are erased, and looking for the
// first would wade through what the store still holds of them. Rows are only added behind all
// others, so what was true once stays true. Owned by the Writer.
class OrderFloors {
 public:
  [[nodiscard]] std::string find(const std::string& prefix) const;
  void remember(const std::string& prefix, std::string floor);

 private:
  std::unordered_map<std::string, std::string> floors_;
};

class OrderIndex {
 public:
  // Both outlive it. `commit` is the number of the batch.
  OrderIndex(const Readable& store, OrderFloors& floors, std::uint64_t commit)
      : store_(&store), floors_(&floors), commit_(commit) {}

  // Empty where there is none.
  core::Result<std::optional<Place>> first(OrderingKey key) const;
  core::Result<std::optional<Place>> next(OrderingKey key, Place after) const;

  // Behind all that were ever taken.
  std::uint64_t take_position();

  // Mirrors what the batch does to the table.
  void put(std::string row) { staged_[std::move(row)] = true; }
  void erase(std::string row) { staged_[std::move(row)] = false; }

 private:
  struct Found {
    std::optional<Place> place;
    std::optional<std::string> stored;  // the first row of the store, staged away or not
  };
  core::Result<Found> find(std::string_view from, std::string_view to) const;

  const Readable* store_;
  OrderFloors* floors_;
  std::uint64_t commit_;
  std::uint64_t taken_ = 0;                          // positions, in this batch
  std::map<std::string, bool, std::less<>> staged_;  // true: put, false: erased
};

}  // namespace spillway::journal
