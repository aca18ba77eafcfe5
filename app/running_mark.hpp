// The running mark: a file that stands in the data directory while a node runs and goes when it has
// stopped in peace. Where one stands at a start, the process before ended otherwise, and nobody has
// counted the attempts that it had under way (docs/correctness.md 5). Made and removed by Node.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "delivery/engine.hpp"
#include "journal/books.hpp"

namespace spillway::app {

// True if there was one. A power cut in the first seconds may take it.
[[nodiscard]] bool make_running_mark(const std::filesystem::path& data_dir);

void remove_running_mark(const std::filesystem::path& data_dir);

// How many attempts can have been under way at most, from what is pending at the start: of each
// destination no more than it may have in flight. Attempts are not written down before they begin.
[[nodiscard]] std::uint64_t attempts_cut_off_max(const journal::Books::Totals& totals,
                                                 const std::vector<delivery::LaneSetup>& lanes);

}  // namespace spillway::app
