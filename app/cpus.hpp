// How many CPUs this process may use: those of its affinity mask, which a cgroup's cpuset shapes,
// and no more than the quotas of its cgroups (version 2) pay for. Asked once, by whoever makes the
// io threads.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace spillway::app {

// The CPUs that the text of a cpu.max pays for, rounded up; nothing where it sets no quota.
[[nodiscard]] std::optional<unsigned> cpus_of_quota(std::string_view cpu_max);

// The group that the text of /proc/self/cgroup names, as a path below the root of all groups;
// nothing where there is none of version 2.
[[nodiscard]] std::optional<std::filesystem::path> own_cgroup(std::string_view groups);

// At least 1.
[[nodiscard]] unsigned usable_cpus();

}  // namespace spillway::app
