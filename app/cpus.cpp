#include "app/cpus.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "core/trim.hpp"

namespace spillway::app {
namespace {

constexpr const char* kCgroups = "/sys/fs/cgroup";

std::optional<std::uint64_t> parse(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::optional<unsigned> cpus_of_quota(std::string_view cpu_max) {
  const std::string_view line = core::trimmed(cpu_max.substr(0, cpu_max.find('\n')));
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) {
    return std::nullopt;
  }
  const auto quota = parse(line.substr(0, space));  // "max": none is set
  const auto period = parse(line.substr(space + 1));
  if (!quota || !period || *period == 0) {
    return std::nullopt;
  }
  constexpr std::uint64_t kMost = 1024;
  const std::uint64_t whole = *quota / *period + (*quota % *period > 0 ? 1 : 0);
  return static_cast<unsigned>(std::clamp<std::uint64_t>(whole, 1, kMost));
}

std::optional<std::filesystem::path> own_cgroup(std::string_view groups) {
  constexpr std::string_view kVersion2 = "0::/";
  while (!groups.empty()) {
    const std::string_view line = groups.substr(0, groups.find('\n'));
    if (line.starts_with(kVersion2)) {
      return std::filesystem::path(line.substr(kVersion2.size()));
    }
    groups.remove_prefix(std::min(line.size() + 1, groups.size()));
  }
  return std::nullopt;
}

unsigned usable_cpus() {
  unsigned cpus = std::max(1U, std::thread::hardware_concurrency());
  auto group = own_cgroup(text_of("/proc/self/cgroup"));
  // A quota holds for all groups below; the group at the root of what is mounted has one, too, in
  // a container.
  while (group) {
    if (const auto paid = cpus_of_quota(text_of(kCgroups / *group / "cpu.max"))) {
      cpus = std::min(cpus, *paid);
    }
    group = group->empty() ? std::nullopt : std::optional(group->parent_path());
  }
  return cpus;
}

}  // namespace spillway::app
