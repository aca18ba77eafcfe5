#include <fmt/format.h>

#include <algorithm>

#include "config/sections.hpp"
#include "delivery/request_headers.hpp"
#include "delivery/signer.hpp"
#include "gateway/ordering.hpp"
#include "http/url.hpp"

namespace spillway::config {
namespace {

using delivery::DestinationOptions;

void read_timeout(const Node& node, DestinationOptions& options) {
  Section section = node.section();
  if (const auto connect = section.find("connect")) {
    options.connect_timeout = connect->wait();
  }
  if (const auto total = section.find("total")) {
    options.total_timeout = total->wait();
  }
  section.finish();
}

void read_retry(const Node& node, delivery::RetryOptions& retry) {
  Section section = node.section();
  if (const auto schedule = section.find("schedule")) {
    retry.schedule.clear();
    for (const Node& wait : schedule->list()) {
      retry.schedule.push_back(wait.wait());
    }
  }
  if (const auto then_every = section.find("then_every")) {
    retry.then_every = then_every->wait();
  }
  if (const auto give_up = section.find("give_up_after")) {
    retry.give_up_after = give_up->wait();
  }
  if (const auto jitter = section.find("jitter")) {
    retry.jitter = jitter->number(0, 1);
  }
  if (const auto on_4xx = section.find("on_4xx")) {
    retry.on_4xx = on_4xx->one_of<delivery::On4xx>(
        {{"retry", delivery::On4xx::retry}, {"dead", delivery::On4xx::dead}});
  }
  section.finish();
}

void read_headers(const Node& node, DestinationOptions& options) {
  const auto is_token = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  };
  for (const auto& [name, value] : node.named()) {
    const std::string text = value.text();
    if (name.empty() || !std::ranges::all_of(name, is_token)) {
      value.problem(fmt::format("\"{}\" is no header name", name));
    } else if (delivery::belongs_to_connection(name) || delivery::is_ours(name)) {
      value.problem(fmt::format("the header {} is set by spillway itself: remove it", name));
    } else if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
      value.problem(fmt::format("the value of {} has control characters", name));
    }
    options.headers.push_back({name, text});
  }
}

void read_signing(Section& section, DestinationOptions& options) {
  if (const auto secrets = section.find("secrets")) {
    options.secrets = secrets->texts();
  }
  if (const auto sign = section.find("sign")) {
    options.sign.clear();
    for (const Node& word : sign->list()) {
      options.sign.push_back(word.one_of<delivery::Signature>(
          {{"standard", delivery::Signature::standard}, {"meta", delivery::Signature::meta}}));
    }
  }
  if (const auto secret = section.find("meta_secret")) {
    options.meta_secret = secret->text();
  }
  // Standard is the default, but it takes a secret to sign.
  if (!section.find("sign") && options.secrets.empty()) {
    options.sign.clear();
  }
}

void read_lag(const Node& node, delivery::LagOptions& lag) {
  Section section = node.section();
  if (const auto objective = section.find("objective")) {
    lag.objective = objective->number(0, 1);
  }
  if (const auto within = section.find("within")) {
    lag.within = within->wait();
  }
  section.finish();
}

// `auto`, { json: … } or { header: … }.
delivery::ValueOptions read_value(const Node& node) {
  delivery::ValueOptions value;
  if (!node.is_section()) {
    return node.one_of<delivery::ValueOptions>({{"auto", {}}});
  }
  Section section = node.section();
  if (const auto header = section.find("header")) {
    value.header = header->text();
  }
  if (const auto json = section.find("json")) {
    value.json = json->text();
  }
  section.finish();
  if (value.header.has_value() == value.json.has_value()) {
    node.problem("expected auto, or one of { json: /pointer } and { header: name }");
  }
  return value;
}

void read_ordering(Section& section, delivery::OrderingOptions& ordering) {
  using core::Order;
  if (const auto order = section.find("order")) {
    ordering.order = order->one_of<Order>(
        {{"none", Order::none}, {"per_key", Order::per_key}, {"latest", Order::latest}});
  }
  // A key without what it belongs to would have no effect.
  const auto find = [&](std::string_view key, bool belongs, std::string_view to) {
    auto found = section.find(key);
    if (found && !belongs) {
      found->problem(
          fmt::format("belongs to {}, and order is {}", to, core::to_string(ordering.order)));
      found.reset();
    }
    return found;
  };
  if (const auto key =
          find("ordering_key", ordering.order != Order::none, "order: per_key and order: latest")) {
    ordering.key = read_value(*key);
  }
  if (const auto version = find("version", ordering.order == Order::latest, "order: latest")) {
    ordering.version = read_value(*version);
  }
  if (const auto park = find("park", ordering.order == Order::per_key, "order: per_key")) {
    ordering.park = park->wait();
  }
}

DestinationOptions read_destination(const std::string& name, const Node& node,
                                    const Surroundings& around) {
  DestinationOptions options;
  options.name = name;
  options.egress_allow = around.egress_allow;
  Section section = node.section();
  if (const auto url = section.require("url")) {
    options.url = url->text();
    if (const auto parsed = http::Url::parse(options.url); !parsed) {
      url->problem(parsed.error().message);
    }
  }
  read_signing(section, options);
  if (const auto timeout = section.find("timeout")) {
    read_timeout(*timeout, options);
  }
  if (const auto in_flight = section.find("max_in_flight")) {
    options.max_in_flight = static_cast<std::size_t>(in_flight->integer(1, 10'000));
  }
  if (const auto rate = section.find("rate")) {
    options.rate = read_rate(*rate);
  }
  if (const auto retry = section.find("retry")) {
    read_retry(*retry, options.retry);
  }
  if (const auto ttl = section.find("ttl")) {
    options.ttl = ttl->wait();
  }
  if (const auto headers = section.find("headers")) {
    read_headers(*headers, options);
  }
  if (const auto tls = section.find("tls")) {
    options.tls = read_client_tls(*tls, around);
  }
  if (const auto egress = section.find("egress")) {
    Section allow = egress->section();
    if (const auto ranges = allow.find("allow")) {
      std::ranges::copy(read_cidrs(*ranges), std::back_inserter(options.egress_allow));
    }
    allow.finish();
  }
  if (const auto lag = section.find("lag")) {
    read_lag(*lag, options.lag);
  }
  read_ordering(section, options.ordering);
  section.finish();
  if (const auto ordering = gateway::Ordering::compile(options.ordering); !ordering) {
    node.problem(ordering.error().message);
  }
  if (const auto signer = delivery::Signer::compile(options); !signer) {
    node.problem(signer.error().message);
  }
  return options;
}

}  // namespace

void read_destinations(const Node& node, const Surroundings& around,
                       std::unordered_set<std::string>& known, Config& config) {
  for (const auto& [name, entry] : node.named()) {
    check_name(entry, name);
    if (name == "-") {
      entry.problem("this name stands for events without a route: choose another");
    }
    if (!known.insert(name).second) {
      entry.problem(fmt::format("destination \"{}\" stands in another file already", name));
    }
    config.destinations.push_back(read_destination(name, entry, around));
  }
}

}  // namespace spillway::config
