#include "app/compile.hpp"

#include <utility>

#include "delivery/http_target.hpp"
#include "http/url.hpp"
#include "routing/route_table.hpp"

namespace spillway::app {
namespace {

core::Result<gateway::Door> compile_source(const config::SourceConfig& source,
                                           const config::Config& config,
                                           const journal::Names& names, gateway::Probe& probe) {
  auto made = gateway::make_source(source.options);
  if (!made) {
    return std::unexpected(std::move(made).error());
  }
  gateway::Door door;
  door.source = *std::move(made);
  door.number = names.sources.at(source.options.name);
  door.durability = source.ack;
  door.replicated = source.replicated;
  if (source.options.rate) {
    door.rate = std::make_shared<core::RateLimit>(*source.options.rate);
  }
  door.body_bytes_max = source.options.body_bytes_max.value_or(config.body_bytes_max);
  door.probe = &probe.source(source.options.name);
  return door;
}

}  // namespace

std::vector<std::string> source_names(const config::Config& config) {
  std::vector<std::string> names;
  names.reserve(config.sources.size());
  for (const config::SourceConfig& source : config.sources) {
    names.push_back(source.options.name);
  }
  return names;
}

std::vector<std::string> destination_names(const config::Config& config) {
  std::vector<std::string> names;
  names.reserve(config.destinations.size());
  for (const delivery::DestinationOptions& destination : config.destinations) {
    names.push_back(destination.name);
  }
  return names;
}

admin::AccessOptions admin_access(const config::Config& config) {
  admin::AccessOptions access{.address = config.admin.address,
                              .tokens = config.tokens,
                              .tls = config.admin.tls.has_value()};
  if (config.peers) {
    access.peer_secret = config.peers->secret;
    if (const auto url = http::Url::parse(config.peers->url)) {
      access.host_names.push_back(url->host);
    }
  }
  return access;
}

core::Result<Compiled> compile(const config::Config& config, const journal::Names& names,
                               gateway::Probe& probe, http::ClientTlsStore& tls) {
  auto routes = routing::RouteTable::compile(config.routes);
  if (!routes) {
    return std::unexpected(std::move(routes).error());
  }
  auto plan = std::make_shared<gateway::Plan>();
  plan->routes = *std::move(routes);
  for (const config::SourceConfig& source : config.sources) {
    auto door = compile_source(source, config, names, probe);
    if (!door) {
      return std::unexpected(std::move(door).error());
    }
    plan->by_path.emplace(source.options.path, *std::move(door));
  }
  Compiled compiled;
  for (const delivery::DestinationOptions& options : config.destinations) {
    const journal::DestinationRecord& record = names.destinations.at(options.name);
    auto destination = delivery::compile_destination(record.number, options, tls);
    if (!destination) {
      return std::unexpected(std::move(destination).error());
    }
    plan->destinations.emplace(options.name, record.number);
    plan->destination_names.emplace(record.number, options.name);
    if (options.ordering.order != core::Order::none) {
      auto ordering = gateway::Ordering::compile(options.ordering);
      if (!ordering) {
        return std::unexpected(std::move(ordering).error());
      }
      plan->orderings.emplace(record.number, *std::move(ordering));
    }
    compiled.lanes.push_back({*std::move(destination), record});
  }
  compiled.plan = std::move(plan);
  return compiled;
}

}  // namespace spillway::app
