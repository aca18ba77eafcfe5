// What modules are told of the configuration where that takes a computation: each a plain function.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "config/config.hpp"
#include "core/error.hpp"
#include "gateway/plan.hpp"
#include "http/listener.hpp"
#include "journal/records.hpp"
#include "journal/retention.hpp"
#include "journal_rocksdb/rocksdb_store.hpp"
#include "retry_kafka/kafka_limits.hpp"

namespace spillway::app {

// As configured, or the name of the host.
[[nodiscard]] std::string node_name(const config::Config& config);

// Where other nodes reach the admin listener, which has that port; empty: peers are not configured.
[[nodiscard]] std::string peer_url(const config::Config& config, std::uint16_t admin_port);

// Without joining others; an error when its certificate cannot be used.
[[nodiscard]] core::Result<http::ListenerOptions> listener_options(
    const config::ListenConfig& listen);

// Log and memtables take a share of a small budget, so that most of it is left for events.
[[nodiscard]] journal::RocksdbOptions store_options(const config::Config& config);

// A share of the memory for delivery goes to clients of Kafka; the largest body fits.
[[nodiscard]] retry::KafkaLimits kafka_limits(const config::Config& config);

[[nodiscard]] std::map<journal::SourceNumber, journal::DedupLimit> dedup_limits(
    const config::Config& config, const gateway::Plan& plan);

}  // namespace spillway::app
