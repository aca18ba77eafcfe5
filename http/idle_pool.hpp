// The connections of one Client that wait for their next exchange: found by endpoint, dropped
// oldest first when there are too many or a socket is needed elsewhere. One thread.
#pragma once

#include "http/connection.hpp"
#include "http/endpoint.hpp"

#include <cstddef>
#include <list>

namespace spillway::http {

class IdlePool {
 public:
  explicit IdlePool(std::size_t connections_max) : connections_max_(connections_max) {}
  ~IdlePool() { clear(); }
  IdlePool(const IdlePool&) = delete;
  IdlePool& operator=(const IdlePool&) = delete;

  // The connection used last that is still usable, null when there is none. Those the peer has
  // closed are dropped.
  [[nodiscard]] ConnectionPtr take(Endpoint& endpoint);

  // Keeps it for the endpoint's idle timeout at most.
  void put(Endpoint& endpoint, ConnectionPtr connection);

  // Closes the connection that has been idle longest; false when there is none.
  bool drop_oldest();

  void forget(Endpoint& endpoint);
  void clear();

  [[nodiscard]] std::size_t size() const { return idle_.size(); }

 private:
  const std::size_t connections_max_;
  std::list<Endpoint::Idle> idle_;  // oldest first
};

}  // namespace spillway::http
