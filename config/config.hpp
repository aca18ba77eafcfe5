// The whole configuration as plain data: each module's own options, checked against each other.
// Made by load(); `app` hands the parts on.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "admin/access.hpp"
#include "config/problems.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "dedup/redis_options.hpp"
#include "delivery/options.hpp"
#include "gateway/source_options.hpp"
#include "http/server_session.hpp"
#include "http/server_tls.hpp"
#include "journal/command.hpp"
#include "journal/retention.hpp"
#include "retry/kafka_options.hpp"
#include "routing/route_table.hpp"

namespace spillway::config {

struct ListenConfig {
  std::string address;     // an IP address
  std::uint16_t port = 0;  // 0: any free one
  std::optional<http::ServerTlsOptions> tls;
  http::ServerOptions server;
  std::size_t connections_max = 10'000;

  bool operator==(const ListenConfig&) const = default;
};

// How the nodes of a cluster ask each other's admin listeners.
struct PeersConfig {
  std::string url;      // where this node's is reached; empty: by its own address and port
  std::string secret;   // the same on all nodes
  std::string ca_file;  // absolute; empty: the system's certificates

  bool operator==(const PeersConfig&) const = default;
};

struct SourceConfig {
  gateway::SourceOptions options;
  journal::Command::Durability ack = journal::Command::Durability::synced;
  std::optional<gateway::OnUnavailable> replicated;  // ack: replicated
};

struct Config {
  std::string node;      // default: host name
  std::string data_dir;  // absolute
  std::uint64_t disk_budget = std::uint64_t{20} << 30;
  journal::Retention retention;
  std::size_t ingest_memory = std::size_t{64} << 20;
  std::size_t delivery_memory = std::size_t{64} << 20;
  core::LogLevel log_level = core::LogLevel::info;
  core::LogFormat log_format = core::LogFormat::json;
  core::Duration shutdown_delay = std::chrono::seconds(5);
  core::Duration shutdown_limit = std::chrono::seconds(20);
  unsigned threads = 0;                               // 0: as many as the cgroup gives
  std::size_t body_bytes_max = std::size_t{4} << 20;  // of sources that set no limit of their own
  ListenConfig ingest;
  ListenConfig admin;
  std::vector<admin::TokenOptions> tokens;  // of the admin listener
  std::optional<PeersConfig> peers;
  std::vector<SourceConfig> sources;
  std::vector<delivery::DestinationOptions> destinations;
  std::vector<routing::RouteOptions> routes;
  std::optional<dedup::RedisOptions> redis;  // shared by several nodes
  std::optional<retry::KafkaOptions> kafka;  // likewise

  // Some source has ack: replicated.
  [[nodiscard]] bool replicates() const;
};

// Reads the file and those it includes. Every problem found is returned, not just the first.
// Blocks on files; called at start, by `check`, and off the io threads at reload.
[[nodiscard]] std::expected<Config, Problems> load(const std::string& path);

// The same for a text that stands in no file; relative paths are taken from `directory`.
[[nodiscard]] std::expected<Config, Problems> parse(const std::string& text,
                                                    const std::string& name,
                                                    const std::string& directory);

}  // namespace spillway::config
