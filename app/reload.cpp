#include "app/reload.hpp"

#include "core/log.hpp"

namespace spillway::app {

core::Result<void> check_reload(const config::Config& started, const config::Config& next) {
  if (next.replicates() && !started.replicates()) {
    return core::fail(core::ErrorCode::conflict,
                      "the first source with ack: replicated takes a restart, since whether Kafka "
                      "keeps its copies is looked at then");
  }
  return {};
}

void log_needs_restart(const config::Config& started, const config::Config& next) {
  const auto needs_restart = [](bool changed, const char* key) {
    if (changed) {
      core::log(core::LogLevel::warn, "config.needs_restart", {{"key", key}});
    }
  };
  needs_restart(started.node != next.node, "node");
  needs_restart(started.data_dir != next.data_dir, "data_dir");
  needs_restart(started.disk_budget != next.disk_budget, "disk_budget");
  needs_restart(started.threads != next.threads, "threads");
  needs_restart(started.ingest_memory != next.ingest_memory ||
                    started.delivery_memory != next.delivery_memory,
                "memory");
  needs_restart(started.ingest != next.ingest || started.admin != next.admin, "listen");
  needs_restart(started.tokens != next.tokens, "listen.admin.tokens");
  needs_restart(started.peers != next.peers, "listen.admin.peers");
  needs_restart(started.redis != next.redis, "redis");
  needs_restart(started.kafka != next.kafka, "kafka");
  needs_restart(started.shutdown_delay != next.shutdown_delay ||
                    started.shutdown_limit != next.shutdown_limit,
                "shutdown");
}

}  // namespace spillway::app
