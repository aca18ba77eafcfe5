// Audit: the proof that the books are true. Counts every delivery by a scan and compares with the
// counters, and checks that the indexes hold exactly what they should. Works on a View of a running
// node and on a stopped one; bounded memory, any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "journal/books.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"

namespace spillway::journal {

struct AuditReport {
  static constexpr std::size_t kProblemsMax = 100;

  std::map<std::string, Counts> by_destination;  // name → sums over all slices, retired included
  std::uint64_t events = 0;
  std::uint64_t deliveries = 0;       // scanned records, not the retired ones
  std::vector<std::string> problems;  // the first ones, in words
  std::uint64_t problem_count = 0;

  [[nodiscard]] bool balanced() const { return problem_count == 0; }
};

// A Result error means that the store could not be read, or that `cancelled` became true; what does
// not add up is in the report.
core::Result<AuditReport> audit(const Readable& frozen, const std::atomic<bool>& cancelled);
core::Result<AuditReport> audit(const Readable& frozen);

}  // namespace spillway::journal
