#include "app/told_config.hpp"

#include <utility>

#include "core/delivery.hpp"
#include "http/url.hpp"

namespace spillway::app {
namespace {

std::string kind_name(gateway::SourceKind kind) {
  switch (kind) {
    case gateway::SourceKind::whatsapp:
      return "whatsapp";
    case gateway::SourceKind::hmac:
      return "hmac";
    case gateway::SourceKind::open:
      return "open";
  }
  return "?";
}

std::string ack_name(const config::SourceConfig& source) {
  if (source.replicated) {
    return "replicated";
  }
  return source.ack == journal::Command::Durability::synced ? "journal" : "memory";
}

admin::ConfigView::Destination describe(const delivery::DestinationOptions& options) {
  const auto url = http::Url::parse(options.url);
  admin::ConfigView::Destination destination{
      .name = options.name,
      .url = url ? url->printable() : "?",
      .order = std::string(core::to_string(options.ordering.order)),
      .max_in_flight = options.max_in_flight,
      .give_up_after = options.retry.give_up_after,
      .ttl = options.ttl,
      .lag_objective = options.lag.objective,
      .lag_within = options.lag.within};
  if (options.rate) {
    destination.rate_per_second = options.rate->per_second;
  }
  return destination;
}

void describe(const config::Config& config, admin::ConfigView& view) {
  view.sources.clear();
  view.destinations.clear();
  view.routes.clear();
  for (const config::SourceConfig& source : config.sources) {
    view.sources.push_back({.name = source.options.name,
                            .kind = kind_name(source.options.kind),
                            .path = source.options.path,
                            .ack = ack_name(source)});
  }
  for (const delivery::DestinationOptions& options : config.destinations) {
    view.destinations.push_back(describe(options));
  }
  for (const routing::RouteOptions& route : config.routes) {
    view.routes.push_back({.name = route.name,
                           .from = route.from,
                           .to = route.to,
                           .conditions = route.when.size(),
                           .otherwise = route.otherwise});
  }
}

}  // namespace

ToldConfig::ToldConfig(const config::Config& config, std::string file, core::Time now) {
  describe(config, view_);
  view_.file = std::move(file);
  view_.loaded_at = now;
}

void ToldConfig::reloaded(const config::Config& config, admin::Reloaded reloaded, core::Time now) {
  const std::lock_guard lock(mutex_);
  describe(config, view_);
  view_.loaded_at = now;
  view_.last_reload = {.at = now, .needs_restart = std::move(reloaded.needs_restart)};
}

void ToldConfig::refused(std::string error, core::Time now) {
  const std::lock_guard lock(mutex_);
  // What was taken before waits for a restart all the same.
  view_.last_reload = {.at = now,
                       .error = std::move(error),
                       .needs_restart = view_.last_reload ? view_.last_reload->needs_restart
                                                          : std::vector<std::string>{}};
}

admin::ConfigView ToldConfig::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

}  // namespace spillway::app
