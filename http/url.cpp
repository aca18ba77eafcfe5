#include "http/url.hpp"

#include "http/grammar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace spillway::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
namespace ip = boost::asio::ip;

constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;

// Not std::isalpha and friends: those ask the locale.
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), to_lower);
  return result;
}

// RFC 3986 pchar, and the separators of path and query.
bool is_uri_char(char c) {
  return is_alpha(c) || is_digit(c) || std::string_view("-._~!$&'()*+,;=:@/?%").contains(c);
}

std::uint16_t default_port(Url::Scheme scheme) {
  return scheme == Url::Scheme::https ? 443 : 80;
}

std::unexpected<core::Error> refuse(std::string message) {
  return fail(ErrorCode::invalid_argument, std::move(message), core::Fault::sender);
}

// A host whose last label is a number is an IPv4 address to every browser and resolver, in
// whichever of many spellings.
bool looks_like_ipv4(std::string_view host) {
  if (host.ends_with('.')) {
    host.remove_suffix(1);
  }
  const std::string_view last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0
  if (last.empty()) {
    return false;
  }
  if (std::ranges::all_of(last, is_digit)) {
    return true;
  }
  return last.size() >= 2 && last[0] == '0' && to_lower(last[1]) == 'x' &&
         std::ranges::all_of(last.substr(2), is_hex);
}

Result<void> check_name(std::string_view host) {
  if (host.size() > kHostBytesMax) {
    return refuse(fmt::format("the host name has {} characters, at most {} are possible",
                              host.size(), kHostBytesMax));
  }
  for (std::size_t begin = 0; begin <= host.size();) {
    const std::size_t end = std::min(host.find('.', begin), host.size());
    const std::string_view label = host.substr(begin, end - begin);
    if (label.empty() || label.size() > kLabelBytesMax) {
      return refuse(fmt::format("host \"{}\" has a label of {} characters, expected 1 to {}", host,
                                label.size(), kLabelBytesMax));
    }
    if (label.starts_with('-') || label.ends_with('-')) {
      return refuse(
          fmt::format("label \"{}\" of host \"{}\" begins or ends with \"-\"", label, host));
    }
    begin = end + 1;
  }
  return {};
}

Result<void> parse_bracketed(std::string_view text, Url& url) {
  if (text.contains('%')) {
    return refuse("an IPv6 address with a zone is not reachable for a gateway: leave \"%…\" out");
  }
  boost::system::error_code error;
  const ip::address_v6 address = ip::make_address_v6(std::string(text), error);
  if (error) {
    return refuse(fmt::format("\"[{}]\" is not an IPv6 address", text));
  }
  url.address = address;
  url.host = address.to_string();
  return {};
}

Result<void> parse_host(std::string_view text, Url& url) {
  if (text.empty()) {
    return refuse("the URL has no host: expected scheme://host/path");
  }
  for (const char c : text) {
    if (c == '%') {
      return refuse("the host is percent-encoded: write it plainly");
    }
    if (static_cast<unsigned char>(c) >= 0x80) {
      return refuse("the host has non-ASCII characters: write its \"xn--\" form");
    }
    if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_') {
      return refuse(fmt::format("the host has the character \"{}\", which no host name has", c));
    }
  }
  if (looks_like_ipv4(text)) {
    boost::system::error_code error;
    const ip::address_v4 address = ip::make_address_v4(std::string(text), error);
    if (error) {
      return refuse(fmt::format(
          "\"{}\" is an odd spelling of an IPv4 address: write four decimal numbers, a.b.c.d",
          text));
    }
    url.address = address;
    url.host = address.to_string();
    return {};
  }
  if (text.ends_with('.')) {
    text.remove_suffix(1);
  }
  url.host = lower(text);
  return check_name(url.host);
}

Result<void> parse_port(std::string_view text, Url& url) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65535) {
    return refuse(fmt::format("port \"{}\" is not a number from 1 to 65535", text));
  }
  url.port = static_cast<std::uint16_t>(port);
  return {};
}

Result<void> parse_authority(std::string_view text, Url& url) {
  if (text.contains('@')) {
    return refuse("the URL has a user name or password: send credentials in a header instead");
  }
  std::string_view port;
  bool has_port = false;
  Result<void> host;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return refuse("the host opens with \"[\" but has no \"]\"");
    }
    port = text.substr(close + 1);
    has_port = port.starts_with(':');
    if (!port.empty() && !has_port) {
      return refuse(fmt::format("expected \":port\" or \"/\" after \"]\", found \"{}\"", port));
    }
    host = parse_bracketed(text.substr(1, close - 1), url);
  } else {
    const std::size_t colon = text.find(':');
    has_port = colon != std::string_view::npos;
    port = has_port ? text.substr(colon) : std::string_view{};
    host = parse_host(text.substr(0, colon), url);
  }
  if (!host || !has_port) {
    return host;
  }
  return parse_port(port.substr(1), url);
}

Result<void> check_target(std::string_view target) {
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (!is_uri_char(target[i])) {
      return refuse(
          fmt::format("character {:#04x} at position {} of the path or query must be "
                      "percent-encoded",
                      static_cast<unsigned char>(target[i]), i));
    }
    if (target[i] == '%' &&
        (i + 2 >= target.size() || !is_hex(target[i + 1]) || !is_hex(target[i + 2]))) {
      return refuse(
          fmt::format("\"%\" at position {} of the path or query is not followed by two "
                      "hexadecimal digits",
                      i));
    }
  }
  return {};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kUrlBytesMax) {
    return refuse(
        fmt::format("the URL has {} bytes, at most {} are accepted", text.size(), kUrlBytesMax));
  }
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) {
      return refuse("the URL contains a space or control character");
    }
  }
  const std::size_t colon = text.find(':');
  const std::string scheme = lower(text.substr(0, colon));
  if (colon == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    return refuse(fmt::format("expected a URL that begins with https:// or http://, found \"{}\"",
                              text.substr(0, std::min<std::size_t>(colon, 16))));
  }
  if (!text.substr(colon + 1).starts_with("//")) {
    return refuse(fmt::format("expected \"//\" after \"{}:\"", scheme));
  }
  if (text.contains('#')) {
    return refuse("the URL has a fragment (\"#…\"), which is never sent: leave it out");
  }
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?\\"), rest.size());
  std::string_view target = rest.substr(authority_end);

  Url url;
  url.scheme = scheme == "https" ? Scheme::https : Scheme::http;
  url.port = default_port(url.scheme);
  if (Result<void> parsed = parse_authority(rest.substr(0, authority_end), url); !parsed) {
    return std::unexpected(std::move(parsed.error()));
  }
  if (Result<void> checked = check_target(target); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  if (!target.starts_with('/')) {  // RFC 9110, 4.2.3: an empty path is sent as "/"
    url.target = "/";
  }
  url.target.append(target);
  return url;
}

std::string Url::authority() const {
  const bool bracketed = address && address->is_v6();
  std::string result = bracketed ? fmt::format("[{}]", host) : host;
  if (port != default_port(scheme)) {
    result += fmt::format(":{}", port);
  }
  return result;
}

std::string Url::printable() const {
  return fmt::format("{}://{}{}", scheme == Scheme::https ? "https" : "http", authority(),
                     std::string_view(target).substr(0, target.find('?')));
}

}  // namespace spillway::http
