#include "app/running_mark.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>

namespace spillway::app {
namespace {

std::filesystem::path mark(const std::filesystem::path& data_dir) {
  return data_dir / "running";
}

}  // namespace

bool make_running_mark(const std::filesystem::path& data_dir) {
  std::error_code ignored;
  const bool stood = std::filesystem::exists(mark(data_dir), ignored);
  std::ofstream(mark(data_dir)).flush();
  return stood;
}

void remove_running_mark(const std::filesystem::path& data_dir) {
  std::error_code ignored;
  std::filesystem::remove(mark(data_dir), ignored);
}

std::uint64_t attempts_cut_off_max(const journal::Books::Totals& totals,
                                   const std::vector<delivery::LaneSetup>& lanes) {
  std::uint64_t attempts = 0;
  for (const delivery::LaneSetup& lane : lanes) {
    const auto found = totals.find(lane.record.number);
    if (found != totals.end()) {
      attempts += std::min<std::uint64_t>(found->second.in(core::DeliveryState::pending),
                                          lane.destination->options.max_in_flight);
    }
  }
  return attempts;
}

}  // namespace spillway::app
