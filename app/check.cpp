#include "app/check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <unordered_set>

#include "app/compile.hpp"
#include "app/exit_code.hpp"
#include "app/module_options.hpp"
#include "app/rehearse.hpp"
#include "config/config.hpp"
#include "core/metrics.hpp"
#include "delivery/spool.hpp"
#include "http/client_tls.hpp"
#include "http/server_tls.hpp"
#include "journal/operate.hpp"
#include "retry_kafka/kafka_topics.hpp"

namespace spillway::app {
namespace {

using Durability = journal::Command::Durability;

// A record, its indexes and its log, besides the body; measured on 1 KB events.
constexpr double kEventOverheadBytes = 700;
constexpr double kTypicalBodyBytes = 1024;
constexpr core::Duration kConnectTimeout = std::chrono::seconds(10);

std::string_view sender_retries(gateway::SourceKind kind) {
  switch (kind) {
    case gateway::SourceKind::whatsapp:
      return "Meta retries for 7 days: a refusal is no loss";
    case gateway::SourceKind::hmac:
    case gateway::SourceKind::open:
      return "whether its sender retries is up to the sender";
  }
  return "";
}

void print_source(const config::SourceConfig& source) {
  const gateway::SourceOptions& options = source.options;
  const bool journalled = source.ack == Durability::synced;
  fmt::print("source {} at {}\n", options.name, options.path);
  fmt::print("  acknowledged {}; {}\n",
             journalled ? "when it is on this node's disk (survives a crash and a power cut)"
                        : "from memory (survives a crash of the process, not a power cut)",
             sender_retries(options.kind));
}

// Names of the destinations that keep an order.
using Ordered = std::unordered_set<std::string_view>;

Ordered ordered_in(const config::Config& config) {
  Ordered names;
  for (const delivery::DestinationOptions& destination : config.destinations) {
    if (destination.ordering.order != core::Order::none) {
      names.insert(destination.name);
    }
  }
  return names;
}

void print_route(const routing::RouteOptions& route, const Ordered& ordered) {
  fmt::print("route {}: {} → {}\n", route.name, route.from, fmt::join(route.to, ", "));
  fmt::print(
      "  CAP: AP. The sender is never blocked by a destination; what cannot be delivered\n"
      "  waits on this node. PACELC: else latency, first attempts go out as soon as the event\n"
      "  is durable, and as its ordering key allows.\n");
  for (const std::string& destination : route.to) {
    if (ordered.contains(destination)) {
      fmt::print(
          "  order to {}: of each ordering key, among the events that this node accepts; several\n"
          "  nodes keep it together only if all events of a key reach the same one\n",
          destination);
    }
  }
}

void print_redis(const dedup::RedisOptions& redis) {
  fmt::print(
      "redis at {}:{}: an event that several nodes accept is delivered by one of them\n"
      "  CAP: AP. While Redis does not answer within {} ms, each of them delivers it\n",
      redis.address.host, redis.address.port,
      std::chrono::duration<double, std::milli>(redis.timeout).count());
  if (redis.secret.empty()) {
    fmt::print(
        "  warning: without redis.secret, who reads Redis can test guesses at idempotency keys\n");
  }
}

void print_budget(const config::Config& config) {
  const double kept = std::chrono::duration<double>(config.retention.delivered).count();
  const double event_bytes = kTypicalBodyBytes + kEventOverheadBytes;
  const double sustainable = 0.7 * static_cast<double>(config.disk_budget) / event_bytes / kept;
  fmt::print(
      "disk budget: {:.1f} GiB holds {:.1f} events/s of 1 KB for the retention of {:.1f} days;"
      "\n  above that rate delivered history goes earlier, nothing that waits does\n",
      static_cast<double>(config.disk_budget) / (1 << 30), sustainable, kept / 86'400);
}

void print_kafka(const retry::KafkaOptions& kafka, const Ordered& ordered) {
  fmt::print(
      "kafka at {}: a failed delivery whose next attempt is more than {} s away waits there, for\n"
      "  any node to attempt; without Kafka it waits here (AP)\n",
      kafka.brokers,
      std::chrono::duration_cast<std::chrono::seconds>(delivery::kStaysLocal).count());
  if (!ordered.empty()) {
    fmt::print("  destinations that keep an order stay with the node that accepted\n");
  }
}

// What the cluster says, in sentences.
int connect(const config::Config& config) {
  if (!config.kafka) {
    fmt::print("there is nothing to connect to\n");
    return kOk;
  }
  (void)std::signal(SIGPIPE, SIG_IGN);  // librdkafka may write to a connection that is gone
  const auto found = retry::check_topics(*config.kafka, kafka_limits(config), kConnectTimeout);
  if (!found) {
    fmt::print(stderr, "kafka: {}\n", found.error().message);
    return exit_code(found.error().code);
  }
  if (!found->missing.empty()) {
    fmt::print("kafka: serve will make the topics {}\n", fmt::join(found->missing, ", "));
  }
  for (const std::string& note : found->notes) {
    fmt::print("kafka: {}\n", note);
  }
  for (const std::string& warning : found->warnings) {
    fmt::print("kafka: warning: {}\n", warning);
  }
  for (const std::string& problem : found->problems) {
    fmt::print(stderr, "kafka: {}\n", problem);
  }
  fmt::print("kafka: {}\n", found->problems.empty() ? "ok" : "the spool would not run");
  return found->problems.empty() ? kOk : kProblem;
}

}  // namespace

int check(const std::string& config_path, Depth depth) {
  const auto loaded = config::load(config_path);
  if (!loaded) {
    fmt::print(stderr, "{}", config::to_string(loaded.error()));
    return kUsage;
  }
  if (const auto tried = rehearse(*loaded); !tried) {
    fmt::print(stderr, "{}: {}\n", config_path, tried.error().message);
    return kUsage;
  }
  for (const config::SourceConfig& source : loaded->sources) {
    print_source(source);
    const bool routed = std::ranges::any_of(
        loaded->routes,
        [&](const routing::RouteOptions& route) { return route.from == source.options.name; });
    if (!routed) {
      fmt::print("  warning: no route takes its events: all will be dead letters (no_route)\n");
    }
  }
  const Ordered ordered = ordered_in(*loaded);
  for (const routing::RouteOptions& route : loaded->routes) {
    print_route(route, ordered);
  }
  if (loaded->redis) {
    print_redis(*loaded->redis);
  }
  if (loaded->kafka) {
    print_kafka(*loaded->kafka, ordered);
  }
  print_budget(*loaded);
  fmt::print("{}: ok\n", config_path);
  return depth == Depth::connect ? connect(*loaded) : kOk;
}

}  // namespace spillway::app
