// The metrics of a listener: what it refuses on its own, before a handler has seen a whole request.
// One per listener name, shared by its listeners on all io threads. Any thread.
#pragma once

#include <string>

#include "core/metrics.hpp"

namespace spillway::http {

class ListenerProbe {
 public:
  ListenerProbe(core::Registry& registry, const std::string& listener);

  // A request was answered with this status by the session itself.
  void refused(int status);

  // A connection was turned away: too many are open.
  void turned_away() { connections_.add(); }

  // A connection ended before its TLS handshake was done.
  void handshake_failed() { tls_.add(); }

 private:
  core::Counter& connections_;
  core::Counter& framing_;
  core::Counter& head_size_;
  core::Counter& body_size_;
  core::Counter& memory_;
  core::Counter& timeout_;
  core::Counter& tls_;
};

}  // namespace spillway::http
