// Node: the whole gateway, running. Wires the modules together in the order of the event's path,
// starts their threads and stops them in the opposite order. Made by serve and demo; its methods
// are called from the thread that made it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "admin/config_view.hpp"
#include "config/config.hpp"
#include "core/error.hpp"

namespace spillway::app {

struct NodeOptions {
  bool accept_loss = false;      // start although acknowledged data is missing
  std::string config_file = {};  // where the configuration stands, to be shown; empty: nowhere
  // Reads that file again, and reload()s, for whom the admin API asks; calls back once. Any thread.
  std::function<void(std::move_only_function<void(core::Result<admin::Reloaded>)>)> reload = {};
};

class Node {
 public:
  // Opens the journal, recovers and listens. When it returns, requests are answered.
  static core::Result<std::unique_ptr<Node>> start(config::Config config,
                                                   const NodeOptions& options);
  ~Node();  // stops, if stop() was not called
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  [[nodiscard]] std::uint16_t ingest_port() const;
  [[nodiscard]] std::uint16_t admin_port() const;

  // Takes sources, destinations, routes, retention and admin tokens from the new configuration, all
  // or nothing; what needs a restart is named. Requests and attempts under way keep
  // the old one.
  core::Result<admin::Reloaded> reload(const config::Config& config);

  // The new configuration could not even be read: metrics and admin API tell.
  void reload_refused(std::string problem);

  // /readyz answers no and answers end their connections from now on, so that load balancers and
  // senders turn away before stop().
  void announce_stop();

  // Takes no new requests, lets those under way and the attempts under way end within the
  // configured limit, writes and syncs their outcomes, and joins every thread.
  void stop();

 private:
  struct Parts;

  explicit Node(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace spillway::app
