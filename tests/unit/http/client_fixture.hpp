// What the tests of Client share: a loop, a name server, a client, and short ways to send.
#pragma once

#include "http/client.hpp"
#include "tests/unit/http/dns_server.hpp"
#include "tests/unit/http/loop.hpp"
#include "tests/unit/http/scripted_server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::http::testing_support {

class ClientFixture : public testing::Test {
 protected:
  static std::unique_ptr<Client> make_client(Loop& loop, const DnsServer& names,
                                             SocketBudget* sockets, ClientOptions options = {}) {
    ResolverOptions resolver;
    resolver.dns.nameservers = {names.address()};
    resolver.ttl_min = resolver.negative_ttl = core::Duration{0};
    return std::make_unique<Client>(
        loop.executor(), Resolver::open(loop.executor(), resolver).value(), sockets, options);
  }

  static EndpointOptions to(const std::string& url,
                            std::initializer_list<std::string_view> allow = {"127.0.0.0/8"}) {
    std::vector<Cidr> ranges;
    for (const std::string_view text : allow) {
      ranges.push_back(Cidr::parse(text).value());
    }
    EndpointOptions options;
    options.url = Url::parse(url).value();
    options.guard = std::make_shared<const AddressGuard>(std::move(ranges));
    return options;
  }
  static EndpointOptions to(const ScriptedServer& server) {
    return to(fmt::format("http://127.0.0.1:{}/hook", server.port()));
  }
  static std::shared_ptr<Endpoint> endpoint(EndpointOptions options) {
    return std::make_shared<Endpoint>(std::move(options));
  }

  static ClientRequest post(const Endpoint& endpoint, std::string body = "{}") {
    auto owned = std::make_shared<const std::string>(std::move(body));
    return ClientRequest("POST", endpoint, owned, *owned);
  }

  Loop::Pending<SendResult> start(const std::shared_ptr<Endpoint>& endpoint,
                                  core::Duration limit = std::chrono::seconds(9)) {
    return loop_.start(client_->send(endpoint, post(*endpoint), deadline_in(limit)));
  }
  SendResult send(const std::shared_ptr<Endpoint>& endpoint,
                  core::Duration limit = std::chrono::seconds(9)) {
    return loop_.finish(start(endpoint, limit));
  }

  Loop loop_;
  DnsServer names_{loop_};
  SocketBudget sockets_{100};
  std::unique_ptr<Client> client_ = make_client(loop_, names_, &sockets_);
};

}  // namespace spillway::http::testing_support
