// The sections of the file, each read into its module's options. Called by load(); problems go to
// the document.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "config/config.hpp"
#include "config/node.hpp"
#include "http/client_tls.hpp"

namespace spillway::config {

// What a section may need to know of the whole.
struct Surroundings {
  std::string directory;                  // relative paths are taken from here
  std::vector<std::string> egress_allow;  // for every destination

  [[nodiscard]] std::string absolute(const std::string& path) const;
};

// Of limits on what one request brings.
inline constexpr std::uint64_t kLimitBytesMax = std::uint64_t{1} << 30;

[[nodiscard]] constexpr bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7f;
}

// General comes first: others are checked against it.
void read_general(Section& root, const Surroundings& around, Config& config);
void read_redis(const Node& node, const Surroundings& around, Config& config);
void read_kafka(const Node& node, Config& config);
void read_listen(const Node& node, const Surroundings& around, Config& config);
void read_peers(const Node& node, const Surroundings& around, Config& config);
void read_sources(const Node& node, Config& config);
// Adds their names to those known from other files.
void read_destinations(const Node& node, const Surroundings& around,
                       std::unordered_set<std::string>& known, Config& config);
void read_routes(const Node& node, Config& config);

// Of a listener or of a source.
[[nodiscard]] std::size_t read_body_limit(const Node& node, const Config& config);

// Of an outbound connection: paths of the files.
[[nodiscard]] http::ClientTlsOptions read_client_tls(const Node& node, const Surroundings& around);

// Of a source or of a destination.
[[nodiscard]] core::RateOptions read_rate(const Node& node);

// The name somebody gave to what stands there; it is to be fit for logs, metrics and commands.
void check_name(const Node& node, std::string_view name);

// Lists of CIDRs, checked.
[[nodiscard]] std::vector<std::string> read_cidrs(const Node& node);

}  // namespace spillway::config
