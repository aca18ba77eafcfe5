#include <fmt/format.h>

#include <utility>

#include "config/sections.hpp"

namespace spillway::config {

void read_redis(const Node& node, const Surroundings& around, Config& config) {
  Section section = node.section();
  dedup::RedisOptions options;
  bool has_tls = true;  // as far as can be told
  if (const auto url = section.require("url")) {
    auto address = dedup::RedisAddress::parse(url->text());
    if (address) {
      options.address = *std::move(address);
      has_tls = options.address.tls;
    } else {
      url->problem(address.error().message);
    }
  }
  if (const auto timeout = section.find("timeout")) {
    options.timeout = timeout->wait();
  }
  if (const auto secret = section.find("secret")) {
    options.secret = secret->text();
  }
  if (const auto tls = section.find("tls")) {
    options.tls = read_client_tls(*tls, around);
    if (!has_tls) {
      tls->problem("the url says redis, which is without TLS: write rediss");
    }
  }
  section.finish();
  config.redis = std::move(options);
}

}  // namespace spillway::config
