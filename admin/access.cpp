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

bool is_own(std::string_view origin, std::string_view host) {
  return origin == fmt::format("http://{}", host) || origin == fmt::format("https://{}", host);
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.size() <= kScheme.size() ||
      !core::equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) {
    return std::nullopt;
  }
  return authorization.substr(kScheme.size());
}

// Browsers send all cookies in one header, as "name=value; name=value".
std::optional<std::string_view> session_cookie(const http::RequestHead& head) {
  std::string_view rest = head.find("Cookie").value_or("");
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ')));
    if (pair.starts_with(kSessionCookie) && pair.substr(kSessionCookie.size()).starts_with('=')) {
      return pair.substr(kSessionCookie.size() + 1);
    }
  }
  return std::nullopt;
}

}  // namespace

bool can_be_token(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kTokenChars) == std::string_view::npos;
}

core::Result<void> check_exposure(const AccessOptions& options) {
  const auto address = parse_address(options.address);
  if (!address) {
    return core::fail(ErrorCode::invalid_argument,
                      fmt::format("\"{}\" is no IP address to listen on", options.address));
  }
  if (options.tokens.empty() && !address->is_loopback()) {
    return core::fail(ErrorCode::invalid_argument,
                      fmt::format("the admin listener is on {}, which others can reach, and has no "
                                  "token: configure one, or listen on 127.0.0.1",
                                  options.address));
  }
  for (const TokenOptions& known : options.tokens) {
    if (!can_be_token(known.token)) {
      return core::fail(
          ErrorCode::invalid_argument,
          fmt::format("the admin token of \"{}\" is empty or has other characters than letters, "
                      "digits and -._~+/=",
                      known.name));
    }
  }
  return {};
}

Access::Access(AccessOptions options)
    : hosts_(std::move(options.host_names)),
      any_address_(false),
      tls_(options.tls),
      node_tag_(options.node_tag) {
  const auto address = parse_address(options.address);
  any_address_ = address && address->is_unspecified();
  hosts_.insert(hosts_.end(), {"localhost", "127.0.0.1", "::1", std::move(options.address)});
  take_tokens(std::move(options.tokens));
  if (!options.peer_secret.empty()) {
    pass_.emplace(options.peer_secret);
  }
}

void Access::take_tokens(std::vector<TokenOptions> tokens) {
  holders_.clear();
  for (TokenOptions& known : tokens) {
    holders_.push_back({.name = std::move(known.name),
                        .role = known.role,
                        .via = Asker::Via::token,
                        .token_digest = core::sha256(known.token)});
  }
}

core::Result<void> Access::check_page(const http::RequestHead& head) const {
  const std::string_view host = head.find("Host").value_or("");
  if (auto allowed = check_host(host); !allowed) {
    return allowed;
  }
  const auto origin = head.find("Origin");
  if (origin && !is_own(*origin, host)) {
    return forbidden(fmt::format("a page of {} may not use the admin API", *origin));
  }
  const auto site = head.find("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") {
    return forbidden("a page of another site may not use the admin API");
  }
  return {};
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

core::Result<Asker> Access::identify(const http::RequestHead& head, const Sessions& sessions,
                                     core::Time now) const {
  if (const auto pass = head.find(kNodePassHeader)) {
    return passed_on(head, *pass, now);
  }
  if (holders_.empty()) {
    return Asker{};
  }
  if (const auto authorization = head.find("Authorization")) {
    const auto token = bearer_token(*authorization);
    auto holder = token ? holder_of(*token) : std::nullopt;
    if (!holder) {
      return unauthenticated(token ? "nobody holds this token"
                                   : "send a token as \"Authorization: Bearer <token>\"");
    }
    return *std::move(holder);
  }
  const auto cookie = session_cookie(head);
  if (!cookie) {
    return unauthenticated(
        "send a token as \"Authorization: Bearer <token>\", or begin a session by "
        "POST /v1/session");
  }
  auto asker = sessions.find(*cookie, now);
  if (!asker) {
    return unauthenticated("the session is over: begin another by POST /v1/session");
  }
  // A browser sends a cookie with whatever request a page makes, so the page must prove itself.
  const bool asks_only = head.method == "GET" || head.method == "HEAD";
  const auto origin = head.find("Origin");
  const bool own_page = (origin && is_own(*origin, head.find("Host").value_or(""))) ||
                        head.find("Sec-Fetch-Site") == "same-origin";
  if (!asks_only && !own_page) {
    return forbidden(
        "with a session's cookie, a change takes the Origin of this listener's own page");
  }
  return *std::move(asker);
}

core::Result<Asker> Access::passed_on(const http::RequestHead& head, std::string_view pass,
                                      core::Time now) const {
  if (!pass_) {
    return unauthenticated("this node has no listen.admin.peers");
  }
  auto passed = pass_->check(pass,
                             {.method = head.method,
                              .target = head.target,
                              .content_digest = head.find(kDigestHeader).value_or(""),
                              .to = node_tag_},
                             now);
  if (!passed) {
    return std::unexpected(std::move(passed).error());
  }
  return Asker{.name = fmt::format("{} by {}", passed->who, passed->node),
               .role = passed->role,
               .via = Asker::Via::node};
}

bool Access::brings_wrong_token(const http::RequestHead& head) const {
  if (holders_.empty() || head.find(kNodePassHeader)) {
    return false;
  }
  const auto token = bearer_token(head.find("Authorization").value_or(""));
  return token && !holder_of(*token);
}

bool Access::still_knows(const Asker& asker) const {
  switch (asker.via) {
    case Asker::Via::open:
      return holders_.empty();
    case Asker::Via::node:  // by the secret of the nodes, which a reload does not change
      return true;
    case Asker::Via::token:
    case Asker::Via::cookie:
      break;
  }
  return std::ranges::any_of(holders_, [&asker](const Asker& holder) {
    return holder.name == asker.name && holder.role == asker.role &&
           holder.token_digest == asker.token_digest;
  });
}

std::optional<Asker> Access::holder_of(std::string_view token) const {
  const std::string digest = core::sha256(token);
  std::optional<Asker> found;
  // Digests have one length, and all are compared: the time tells nothing of a token.
  for (const Asker& holder : holders_) {
    if (core::equal_constant_time(holder.token_digest, digest)) {
      found = holder;
    }
  }
  return found;
}

}  // namespace spillway::admin
