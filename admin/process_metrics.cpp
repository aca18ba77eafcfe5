#include "admin/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>

namespace spillway::admin {

using core::Family;
using core::MetricKind;

namespace {

struct ProcessStat {
  double cpu_ticks = 0;  // user and system
  double threads = 0;
  double start_ticks = 0;  // since boot
  double virtual_bytes = 0;
  double resident_pages = 0;
};

// The fields of /proc/self/stat after the command, which may hold spaces and ends with ')'; the
// first of them is number 3 in proc(5).
std::optional<ProcessStat> read_stat() {
  std::ifstream file("/proc/self/stat");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const std::size_t command_end = text.rfind(')');
  if (command_end == std::string::npos) {
    return std::nullopt;
  }
  std::istringstream rest(text.substr(command_end + 1));
  const std::vector<std::string> fields(std::istream_iterator<std::string>(rest), {});
  constexpr std::size_t kFirst = 3;
  if (fields.size() <= 24 - kFirst) {
    return std::nullopt;
  }
  const auto field = [&fields](std::size_t number) { return std::stod(fields[number - kFirst]); };
  return ProcessStat{.cpu_ticks = field(14) + field(15),
                     .threads = field(20),
                     .start_ticks = field(22),
                     .virtual_bytes = field(23),
                     .resident_pages = field(24)};
}

std::optional<double> read_boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string name; file >> name; std::getline(file, name)) {
    if (name == "btime") {
      double seconds = 0;
      file >> seconds;
      return seconds;
    }
  }
  return std::nullopt;
}

double count_open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  // The listing itself is one of them.
  return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)) - 1);
}

double open_files_max() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

void add(std::vector<Family>& families, std::string name, std::string help, MetricKind kind,
         double value) {
  families.push_back({std::move(name), std::move(help), kind, {{{}, value, {}}}});
}

void collect(std::vector<Family>& families) {
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (const auto stat = read_stat()) {
    add(families, "process_cpu_seconds_total", "User and system CPU time spent in seconds",
        MetricKind::counter, stat->cpu_ticks / ticks_per_second);
    add(families, "process_resident_memory_bytes", "Resident memory size in bytes",
        MetricKind::gauge, stat->resident_pages * page_bytes);
    add(families, "process_virtual_memory_bytes", "Virtual memory size in bytes", MetricKind::gauge,
        stat->virtual_bytes);
    add(families, "process_threads", "Number of threads", MetricKind::gauge, stat->threads);
    if (const auto boot_time = read_boot_time()) {
      add(families, "process_start_time_seconds",
          "Start time of the process since the Unix epoch in seconds", MetricKind::gauge,
          *boot_time + stat->start_ticks / ticks_per_second);
    }
  }
  add(families, "process_open_fds", "Number of open file descriptors", MetricKind::gauge,
      count_open_files());
  add(families, "process_max_fds", "Maximum number of open file descriptors", MetricKind::gauge,
      open_files_max());
}

}  // namespace

void register_process_metrics(core::Registry& registry, std::string version) {
  registry
      .gauge("spillway_build_info", "1, labelled with the version of the binary",
             {{"version", std::move(version)}})
      .set(1);
  registry.collect_with(collect);
}

}  // namespace spillway::admin
