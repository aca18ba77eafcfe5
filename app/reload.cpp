#include "app/reload.hpp"

#include <utility>

#include "admin/access.hpp"

namespace spillway::app {
namespace {

void compare_listeners(const config::ListenConfig& started, const config::ListenConfig& next,
                       const std::string& key, std::vector<std::string>& changed) {
  if (started.address != next.address || started.port != next.port) {
    changed.push_back(key + ".address");
  }
  if (started.tls != next.tls) {
    changed.push_back(key + ".tls");
  }
  if (started.server != next.server || started.connections_max != next.connections_max) {
    changed.push_back(key + ".limits");
  }
}

}  // namespace

core::Result<void> check_reload(const config::Config& started, const config::Config& next) {
  if (next.replicates() && !started.replicates()) {
    return core::fail(core::ErrorCode::conflict,
                      "the first source with ack: replicated takes a restart, since whether Kafka "
                      "keeps its copies is looked at then");
  }
  // The tokens change now, but the address only with a restart.
  if (next.tokens.empty()) {
    if (auto exposed = admin::check_exposure({.address = started.admin.address, .tokens = {}});
        !exposed) {
      return std::unexpected(std::move(exposed).error().in_context(
          "listen.admin.address keeps its value until a restart"));
    }
  }
  return {};
}

std::vector<std::string> needs_restart(const config::Config& started, const config::Config& next) {
  std::vector<std::string> changed;
  const auto compare = [&changed](bool same, const char* key) {
    if (!same) {
      changed.emplace_back(key);
    }
  };
  compare(started.node == next.node, "node");
  compare(started.data_dir == next.data_dir, "data_dir");
  compare(started.disk_budget == next.disk_budget, "disk_budget");
  compare(started.threads == next.threads, "threads");
  compare(started.ingest_memory == next.ingest_memory, "memory.ingest");
  compare(started.delivery_memory == next.delivery_memory, "memory.delivery");
  compare_listeners(started.ingest, next.ingest, "listen.ingest", changed);
  compare_listeners(started.admin, next.admin, "listen.admin", changed);
  compare(started.peers == next.peers, "listen.admin.peers");
  compare(started.redis == next.redis, "redis");
  compare(started.kafka == next.kafka, "kafka");
  compare(started.shutdown_delay == next.shutdown_delay, "shutdown.delay");
  compare(started.shutdown_limit == next.shutdown_limit, "shutdown.limit");
  return changed;
}

}  // namespace spillway::app
