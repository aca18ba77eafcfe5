#include "delivery/http_target.hpp"

#include "http/address_guard.hpp"
#include "http/cidr.hpp"
#include "http/url.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace spillway::delivery {

namespace {

core::Result<std::shared_ptr<const HttpTarget>> compile_target(const DestinationOptions& options,
                                                               http::ClientTlsStore& tls) {
  auto url = http::Url::parse(options.url);
  if (!url) {
    return std::unexpected(std::move(url).error().in_context("url"));
  }
  std::vector<http::Cidr> allow;
  for (const std::string& text : options.egress_allow) {
    auto range = http::Cidr::parse(text);
    if (!range) {
      return std::unexpected(std::move(range).error().in_context("egress.allow"));
    }
    allow.push_back(*range);
  }
  auto target = std::make_shared<HttpTarget>();
  http::EndpointOptions& endpoint = target->endpoint;
  if (url->scheme == http::Url::Scheme::https) {
    auto prepared = tls.get(options.tls);
    if (!prepared) {
      return std::unexpected(std::move(prepared).error().in_context("tls"));
    }
    endpoint.tls = *std::move(prepared);
  }
  endpoint.url = *std::move(url);
  endpoint.guard = std::make_shared<http::AddressGuard>(std::move(allow));
  endpoint.connect_timeout = options.connect_timeout;
  endpoint.exchanges_max = options.max_in_flight;
  return target;
}

}  // namespace

core::Result<DestinationPtr> compile_destination(journal::DestinationNumber number,
                                                 DestinationOptions options,
                                                 http::ClientTlsStore& tls) {
  const std::string context = fmt::format("destination '{}'", options.name);
  auto signer = Signer::compile(options);
  if (!signer) {
    return std::unexpected(std::move(signer).error().in_context(context));
  }
  auto target = compile_target(options, tls);
  if (!target) {
    return std::unexpected(std::move(target).error().in_context(context));
  }
  return std::make_shared<const Destination>(
      Destination{number, std::move(options), *std::move(signer), *std::move(target)});
}

}  // namespace spillway::delivery
