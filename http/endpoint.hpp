// Where requests go: the URL of a destination with its limits, TLS and egress rules, and its idle
// connections. Made by whoever owns the destination's lane, used with one Client on one thread.
#pragma once

#include "core/clock.hpp"
#include "http/address_guard.hpp"
#include "http/client_tls.hpp"
#include "http/url.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace spillway::http {

class Connection;
class IdlePool;

struct EndpointOptions {
  Url url;
  std::shared_ptr<const AddressGuard> guard;                 // not null
  ClientTlsPtr tls;                                          // not null where the URL is https
  core::Duration connect_timeout = std::chrono::seconds(3);  // resolving and TLS included
  core::Duration idle_timeout = std::chrono::seconds(30);
  std::size_t exchanges_max = 64;  // at once, each on a connection of its own
};

class Endpoint {
 public:
  explicit Endpoint(EndpointOptions options);
  ~Endpoint();  // closes its idle connections
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  [[nodiscard]] const EndpointOptions& options() const { return options_; }
  [[nodiscard]] const std::string& authority() const { return authority_; }  // the Host header
  // Address and port that it was connected to last; empty: none yet.
  [[nodiscard]] const std::string& connected_to() const { return connected_to_; }

 private:
  friend class IdlePool;
  friend class Client;

  struct Idle {
    std::shared_ptr<Connection> connection;
    Endpoint* endpoint;
  };

  const EndpointOptions options_;
  const std::string authority_;
  std::string connected_to_;
  std::size_t exchanges_ = 0;                    // under way
  std::shared_ptr<ssl_session_st> tls_session_;  // to resume at the next handshake
  IdlePool* pool_ = nullptr;                     // set while idle_ is not empty
  std::vector<std::list<Idle>::iterator> idle_;  // last used last
};

}  // namespace spillway::http
