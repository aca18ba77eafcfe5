#include "app/module_options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace spillway::app {

std::string node_name(const config::Config& config) {
  char host[256] = {};
  if (!config.node.empty()) {
    return config.node;
  }
  return ::gethostname(host, sizeof host - 1) == 0 ? host : "unnamed";
}

std::string peer_url(const config::Config& config, std::uint16_t admin_port) {
  if (!config.peers || !config.peers->url.empty()) {
    return config.peers ? config.peers->url : "";
  }
  const std::string& address = config.admin.address;
  return fmt::format("{}://{}:{}", config.admin.tls ? "https" : "http",
                     address.contains(':') ? fmt::format("[{}]", address) : address, admin_port);
}

core::Result<http::ListenerOptions> listener_options(const config::ListenConfig& listen) {
  http::ListenerOptions options{.address = listen.address,
                                .port = listen.port,
                                .joins = false,
                                .tls = {},
                                .server = listen.server};
  if (listen.tls) {
    auto context = http::make_server_tls(*listen.tls);
    if (!context) {
      return std::unexpected(std::move(context).error());
    }
    options.tls = *std::move(context);
  }
  return options;
}

journal::RocksdbOptions store_options(const config::Config& config) {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  const journal::RocksdbOptions usual;
  journal::RocksdbOptions options;
  options.directory = std::filesystem::path(config.data_dir) / "journal";
  options.log_bytes_max =
      std::clamp<std::size_t>(config.disk_budget / 16, 16 * kMiB, usual.log_bytes_max);
  options.memtable_bytes_max =
      std::clamp<std::size_t>(config.disk_budget / 32, 8 * kMiB, usual.memtable_bytes_max);
  options.file_bytes_max =
      std::clamp<std::size_t>(config.disk_budget / 128, 2 * kMiB, usual.file_bytes_max);
  options.preallocates = options.file_bytes_max == usual.file_bytes_max;
  options.compaction_bytes_max =
      std::min<std::size_t>(config.disk_budget / 25, usual.compaction_bytes_max);
  return options;
}

retry::KafkaLimits kafka_limits(const config::Config& config) {
  std::size_t body_max = config.body_bytes_max;
  for (const config::SourceConfig& source : config.sources) {
    body_max = std::max(body_max, source.options.body_bytes_max.value_or(0));
  }
  retry::KafkaLimits limits;
  limits.node = node_name(config);
  limits.replicates = config.replicates();
  for (const delivery::DestinationOptions& destination : config.destinations) {
    limits.attempt_max = std::max(limits.attempt_max, destination.total_timeout);
  }
  limits.message_bytes_max = body_max + retry::kMessageOverheadBytes;
  limits.write_bytes_max = std::max(config.delivery_memory / 4, limits.message_bytes_max);
  limits.read_bytes_max = std::max(config.delivery_memory / 4, limits.message_bytes_max);
  return limits;
}

std::map<journal::SourceNumber, journal::DedupLimit> dedup_limits(const config::Config& config,
                                                                  const gateway::Plan& plan) {
  std::map<journal::SourceNumber, journal::DedupLimit> limits;
  for (const config::SourceConfig& source : config.sources) {
    const gateway::Door* door = plan.find(source.options.path);
    limits[door->number] = {door->source->dedup_window(), source.options.dedup.bytes_max};
  }
  return limits;
}

}  // namespace spillway::app
