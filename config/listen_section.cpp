#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "config/sections.hpp"

namespace spillway::config {
namespace {

constexpr std::size_t kTokenBytesMin = 16;
constexpr std::uint64_t kHeaderBytesMin = 256;  // a request line and the usual headers

void read_address(const Node& node, ListenConfig& listen) {
  const std::string found = node.text();
  const auto colon = found.rfind(':');
  std::string host = found.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  std::uint16_t port = 0;
  bool port_parsed = false;
  if (colon != std::string::npos) {
    const char* const end = found.data() + found.size();
    const auto parsed = std::from_chars(found.data() + colon + 1, end, port);
    port_parsed = parsed.ec == std::errc{} && parsed.ptr == end;
  }
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  if (error || !port_parsed) {
    node.problem(fmt::format(
        "found \"{}\", expected an IP address and port such as 0.0.0.0:8080 or [::]:8080",
        node.written()));
    return;
  }
  listen.address = host;
  listen.port = port;
}

void read_limits(const Node& node, Config& config, ListenConfig& listen) {
  Section limits = node.section();
  if (const auto body = limits.find("body")) {
    config.body_bytes_max = read_body_limit(*body, config);
  }
  if (const auto header = limits.find("header")) {
    listen.server.framing.header_bytes_max = header->size(kHeaderBytesMin, kLimitBytesMax);
  }
  const auto read = [&](std::string_view key, core::Duration& value) {
    if (const auto found = limits.find(key)) {
      value = found->wait();
    }
  };
  read("header_timeout", listen.server.header_timeout);
  read("body_timeout", listen.server.body_timeout);
  read("idle_timeout", listen.server.idle_timeout);
  if (const auto connections = limits.find("connections")) {
    listen.connections_max = static_cast<std::size_t>(connections->integer(1, 1'000'000));
  }
  limits.finish();
}

void read_tls(const Node& node, const Surroundings& around, ListenConfig& listen) {
  Section tls = node.section();
  http::ServerTlsOptions options;
  if (const auto certificate = tls.require("certificate")) {
    options.certificate = around.absolute(certificate->text());
  }
  if (const auto key = tls.require("key")) {
    options.key = around.absolute(key->text());
  }
  if (const auto client_ca = tls.find("client_ca")) {
    options.client_ca = around.absolute(client_ca->text());
  }
  tls.finish();
  listen.tls = std::move(options);
}

bool is_taken(const Config& config, std::string admin::TokenOptions::* member,
              std::string_view value) {
  return std::ranges::find(config.tokens, value, member) != config.tokens.end();
}

void read_tokens(const Node& node, Config& config) {
  for (const Node& item : node.list()) {
    Section entry = item.section();
    admin::TokenOptions token;
    if (const auto name = entry.require("name")) {
      token.name = name->text();
      check_name(*name, token.name);
      if (is_taken(config, &admin::TokenOptions::name, token.name)) {
        name->problem(fmt::format("\"{}\" holds another token already", token.name));
      }
    }
    if (const auto role = entry.find("role")) {
      token.role = role->one_of<admin::Role>(
          {{"operator", admin::Role::operating}, {"viewer", admin::Role::viewing}});
    }
    if (const auto secret = entry.require("token")) {
      token.token = secret->text();
      if (token.token.size() < kTokenBytesMin) {
        secret->problem(fmt::format("a token needs at least {} characters", kTokenBytesMin));
      }
      if (is_taken(config, &admin::TokenOptions::token, token.token)) {
        secret->problem("another name has the same token: nobody could tell them apart");
      }
    }
    entry.finish();
    config.tokens.push_back(std::move(token));
  }
}

}  // namespace

void read_listen(const Node& node, const Surroundings& around, Config& config) {
  Section listen = node.section();
  if (const auto ingest = listen.find("ingest")) {
    Section section = ingest->section();
    if (const auto address = section.find("address")) {
      read_address(*address, config.ingest);
    }
    if (const auto tls = section.find("tls")) {
      read_tls(*tls, around, config.ingest);
    }
    if (const auto limits = section.find("limits")) {
      read_limits(*limits, config, config.ingest);
    }
    section.finish();
  }
  if (const auto admin = listen.find("admin")) {
    Section section = admin->section();
    if (const auto address = section.find("address")) {
      read_address(*address, config.admin);
    }
    if (const auto tls = section.find("tls")) {
      read_tls(*tls, around, config.admin);
    }
    if (const auto tokens = section.find("tokens")) {
      read_tokens(*tokens, config);
    }
    if (const auto peers = section.find("peers")) {
      read_peers(*peers, around, config);
    }
    section.finish();
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(config.admin.address, error);
    if (!error && !address.is_loopback() && config.tokens.empty()) {
      admin->problem(
          "an admin listener that others can reach needs tokens: [ { name, role, token } ]");
    }
  }
  listen.finish();
  if (config.ingest.port != 0 && config.ingest.port == config.admin.port &&
      config.ingest.address == config.admin.address) {
    node.problem(
        fmt::format("ingest and admin have the same address {}, port {}: choose another "
                    "port for one of them",
                    config.ingest.address, config.ingest.port));
  }
}

}  // namespace spillway::config
