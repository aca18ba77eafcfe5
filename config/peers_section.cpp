#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <string>
#include <utility>

#include "config/sections.hpp"
#include "http/url.hpp"

namespace spillway::config {
namespace {

constexpr std::size_t kSecretBytesMin = 32;

void check_url(const Node& node, const std::string& text) {
  const auto url = http::Url::parse(text);
  if (!url) {
    node.problem(url.error().message);
  } else if (url->target != "/") {
    node.problem(fmt::format("found \"{}\", expected scheme, host and port alone", node.written()));
  }
}

// Nobody reaches a node by an address that stands for all of them.
bool is_reached_by_its_address(const ListenConfig& listen) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(listen.address, error);
  return !error && !address.is_unspecified();
}

}  // namespace

void read_peers(const Node& node, const Surroundings& around, Config& config) {
  Section section = node.section();
  PeersConfig peers;
  if (const auto url = section.find("url")) {
    peers.url = url->text();
    check_url(*url, peers.url);
  } else if (!is_reached_by_its_address(config.admin)) {
    node.problem(
        fmt::format("url is missing: the other nodes cannot reach {}, so say where they "
                    "can, such as http://n1.internal:8081",
                    config.admin.address));
  }
  if (const auto secret = section.require("secret")) {
    peers.secret = secret->text();
    if (peers.secret.size() < kSecretBytesMin) {
      secret->problem(
          fmt::format("a secret of the nodes needs at least {} characters: whoever "
                      "has it is an operator",
                      kSecretBytesMin));
    }
  }
  if (const auto ca = section.find("ca")) {
    peers.ca_file = around.absolute(ca->text());
  }
  section.finish();
  if (!config.kafka) {
    node.problem("nodes hear of each other through Kafka: configure kafka");
  }
  config.peers = std::move(peers);
}

}  // namespace spillway::config
