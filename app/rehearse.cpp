#include "app/rehearse.hpp"

#include <utility>

#include "app/compile.hpp"
#include "core/metrics.hpp"
#include "http/client_tls.hpp"
#include "http/server_tls.hpp"
#include "journal/operate.hpp"
#include "retry_kafka/kafka_topics.hpp"

namespace spillway::app {

// With made-up numbers in place of the journal's.
core::Result<void> rehearse(const config::Config& config) {
  journal::Names names;
  journal::SourceNumber source = 0;
  for (const config::SourceConfig& known : config.sources) {
    names.sources[known.options.name] = ++source;
  }
  journal::DestinationNumber destination = 0;
  for (const delivery::DestinationOptions& known : config.destinations) {
    names.destinations[known.name].number = ++destination;
  }
  core::Registry registry;
  gateway::Probe probe(registry);
  http::ClientTlsStore tls;
  if (const auto compiled = compile(config, names, probe, tls); !compiled) {
    return std::unexpected(compiled.error());
  }
  if (auto exposed = admin::check_exposure(admin_access(config)); !exposed) {
    return exposed;
  }
  for (const config::ListenConfig* listen : {&config.ingest, &config.admin}) {
    if (listen->tls) {
      if (const auto made = http::make_server_tls(*listen->tls); !made) {
        return std::unexpected(made.error());
      }
    }
  }
  if (config.redis && config.redis->address.tls) {
    if (const auto made = tls.get(config.redis->tls); !made) {
      return std::unexpected(core::Error(made.error()).in_context("redis"));
    }
  }
  if (config.kafka) {
    if (auto taken = retry::check_options(*config.kafka); !taken) {
      return std::unexpected(std::move(taken).error().in_context("kafka"));
    }
  }
  return {};
}

}  // namespace spillway::app
