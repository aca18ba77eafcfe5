#include "dedup/redis_options.hpp"

#include "core/percent_encoding.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace spillway::dedup {
namespace {

constexpr unsigned kDatabaseMax = 1'000'000;

std::optional<unsigned> number(std::string_view text, unsigned max) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole && value <= max ? std::optional(value) : std::nullopt;
}

std::unexpected<core::Error> wrong(std::string what) {
  return core::fail(core::ErrorCode::invalid_argument,
                    std::move(what) +
                        "; expected redis://[[user]:password@]host[:port][/database]" +
                        ", or rediss:// for TLS");
}

// Host and port; an IPv6 address stands in brackets.
core::Result<void> read_host(std::string_view text, RedisAddress& address) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) {
      return wrong("the bracket of the address is not closed");
    }
    address.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const std::size_t end = text.find(':');
    address.host = text.substr(0, end);
    port = end == std::string_view::npos ? std::string_view() : text.substr(end);
  }
  if (address.host.empty()) {
    return wrong("there is no host");
  }
  if (port.empty()) {
    return {};
  }
  const auto value = port.front() == ':' ? number(port.substr(1), 65'535) : std::nullopt;
  if (!value || *value == 0) {
    return wrong("the port is not a number from 1 to 65535");
  }
  address.port = static_cast<std::uint16_t>(*value);
  return {};
}

core::Result<void> read_credentials(std::string_view text, RedisAddress& address) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return wrong("there is a user without a password");
  }
  auto user = core::percent_decoded(text.substr(0, colon));
  auto password = core::percent_decoded(text.substr(colon + 1));
  if (!user || !password || password->empty()) {
    return wrong("user or password cannot be decoded: write % as %25");
  }
  address.user = *std::move(user);
  address.password = *std::move(password);
  return {};
}

}  // namespace

core::Result<RedisAddress> RedisAddress::parse(std::string_view url) {
  RedisAddress address;
  if (url.starts_with("rediss://")) {
    address.tls = true;
    url.remove_prefix(9);
  } else if (url.starts_with("redis://")) {
    url.remove_prefix(8);
  } else {
    return wrong("the scheme is neither redis nor rediss");
  }
  if (url.find_first_of("?#") != std::string_view::npos) {
    return wrong("there is a query or fragment");
  }
  if (const std::size_t slash = url.find('/'); slash != std::string_view::npos) {
    const std::string_view path = url.substr(slash + 1);
    const auto database = path.empty() ? std::optional(0U) : number(path, kDatabaseMax);
    if (!database) {
      return wrong("the database is not a number");
    }
    address.database = *database;
    url = url.substr(0, slash);
  }
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
    if (auto read = read_credentials(url.substr(0, at), address); !read) {
      return std::unexpected(std::move(read).error());
    }
    url.remove_prefix(at + 1);
  }
  if (auto read = read_host(url, address); !read) {
    return std::unexpected(std::move(read).error());
  }
  return address;
}

}  // namespace spillway::dedup
