#include "app/open_files.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "core/log.hpp"

namespace spillway::app {
namespace {

constexpr std::size_t kConnectionsMin = 64;  // in each direction

}  // namespace

core::Result<OpenFiles> share_open_files(std::size_t connections_wanted) {
  constexpr rlim_t kEnough = 1'000'000;
  constexpr std::size_t kJournal = 384;  // tables and logs of the store
  constexpr std::size_t kOwn = kAdminConnectionsMax + kJournal + 64;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  const auto files = static_cast<std::size_t>(std::min(limit.rlim_cur, kEnough));
  if (files < kOwn + 2 * kConnectionsMin) {
    return core::fail(
        core::ErrorCode::unavailable,
        fmt::format("only {} files may be open at once, at least {} are needed: raise "
                    "the limit (ulimit -n, LimitNOFILE=)",
                    files, kOwn + 2 * kConnectionsMin));
  }
  OpenFiles share;
  share.inbound = std::min(connections_wanted, (files - kOwn) / 2);
  share.outbound = files - kOwn - share.inbound;
  if (share.inbound < connections_wanted) {
    core::log(
        core::LogLevel::warn, "connections.limited",
        {{"configured", connections_wanted}, {"possible", share.inbound}, {"open_files", files}});
  }
  return share;
}

}  // namespace spillway::app
