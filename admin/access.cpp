#include "admin/access.hpp"
#include "admin/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "core/crypto.hpp"
#include "core/headers.hpp"

namespace spillway::admin {

using core::ErrorCode;

namespace {

// What may stand in an Authorization header (RFC 6750).
constexpr std::string_view kTokenChars =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";

std::optional<boost::asio::ip::address> parse_address(std::string_view text) {
  boost::system::error_code error;
  auto address = boost::asio::ip::make_address(std::string(text), error);
  return error ? std::nullopt : std::optional(std::move(address));
}

// A Host header without its port, an IPv6 address without its brackets; empty if it is neither.
std::string_view host_of(std::string_view authority) {
  const bool bracketed = authority.starts_with('[');
  const std::size_t end = std::min(authority.find(bracketed ? ']' : ':'), authority.size());
  const std::string_view rest =
      authority.substr(std::min(end + (bracketed ? 1 : 0), authority.size()));
  if ((bracketed && end == authority.size()) || !(rest.empty() || rest.starts_with(':'))) {
    return {};
  }
  return authority.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0));
}

}  // namespace

core::Result<void> check_exposure(const AccessOptions& options) {
  const auto address = parse_address(options.address);
  if (!address) {
    return core::fail(ErrorCode::invalid_argument,
                      fmt::format("\"{}\" is no IP address to listen on", options.address));
  }
  if (!options.token && !address->is_loopback()) {
    return core::fail(ErrorCode::invalid_argument,
                      fmt::format("the admin listener is on {}, which others can reach, and has no "
                                  "token: configure one, or listen on 127.0.0.1",
                                  options.address));
  }
  if (options.token && (options.token->empty() ||
                        options.token->find_first_not_of(kTokenChars) != std::string::npos)) {
    return core::fail(ErrorCode::invalid_argument,
                      "an admin token consists of letters, digits and -._~+/= and is not empty");
  }
  return {};
}

Access::Access(AccessOptions options) : hosts_(std::move(options.host_names)), any_address_(false) {
  const auto address = parse_address(options.address);
  any_address_ = address && address->is_unspecified();
  hosts_.insert(hosts_.end(), {"localhost", "127.0.0.1", "::1", std::move(options.address)});
  if (options.token) {
    token_digest_ = core::sha256(*options.token);
  }
}

core::Result<void> Access::check(const http::RequestHead& head) const {
  const std::string_view host = head.find("Host").value_or("");
  if (auto allowed = check_host(host); !allowed) {
    return allowed;
  }
  if (auto allowed = check_page(head, host); !allowed) {
    return allowed;
  }
  return check_token(head);
}

// A name that an attacker makes resolve to this listener ("DNS rebinding") would make his page one
// of the same origin. An address cannot be rebound.
core::Result<void> Access::check_host(std::string_view host) const {
  const std::string_view name = host_of(host);
  const bool known = std::ranges::any_of(hosts_, [name](const std::string& allowed) {
    return core::equal_ignoring_case(allowed, name);
  });
  if (known || (any_address_ && parse_address(name))) {
    return {};
  }
  return forbidden(
      fmt::format("the Host header says \"{}\"; use this listener's address, "
                  "localhost, or a host name that the configuration allows",
                  host));
}

core::Result<void> Access::check_page(const http::RequestHead& head, std::string_view host) {
  const auto origin = head.find("Origin");
  if (origin && *origin != fmt::format("http://{}", host) &&
      *origin != fmt::format("https://{}", host)) {
    return forbidden(fmt::format("a page of {} may not use the admin API", *origin));
  }
  const auto site = head.find("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") {
    return forbidden("a page of another site may not use the admin API");
  }
  return {};
}

core::Result<void> Access::check_token(const http::RequestHead& head) const {
  if (!token_digest_) {
    return {};
  }
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view given = head.find("Authorization").value_or("");
  if (given.size() <= kScheme.size() ||
      !core::equal_ignoring_case(given.substr(0, kScheme.size()), kScheme)) {
    return unauthenticated("send the operator's token as \"Authorization: Bearer <token>\"");
  }
  // Digests have one length, so the comparison does not tell that of the token.
  if (!core::equal_constant_time(*token_digest_, core::sha256(given.substr(kScheme.size())))) {
    return unauthenticated("this token is not the operator's");
  }
  return {};
}

}  // namespace spillway::admin
