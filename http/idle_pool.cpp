#include "http/idle_pool.hpp"

#include <utility>

namespace spillway::http {

ConnectionPtr IdlePool::take(Endpoint& endpoint) {
  while (!endpoint.idle_.empty()) {
    const auto last = endpoint.idle_.back();
    endpoint.idle_.pop_back();
    ConnectionPtr connection = std::move(last->connection);
    idle_.erase(last);
    if (endpoint.idle_.empty()) {
      endpoint.pool_ = nullptr;
    }
    if (connection->is_quiet()) {
      return connection;
    }
    connection->close();
  }
  return nullptr;
}

void IdlePool::put(Endpoint& endpoint, ConnectionPtr connection) {
  connection->set_deadline(deadline_in(endpoint.options().idle_timeout));
  endpoint.idle_.push_back(
      idle_.insert(idle_.end(), Endpoint::Idle{std::move(connection), &endpoint}));
  endpoint.pool_ = this;
  if (idle_.size() > connections_max_) {
    drop_oldest();
  }
}

bool IdlePool::drop_oldest() {
  if (idle_.empty()) {
    return false;
  }
  const auto oldest = idle_.begin();
  Endpoint& endpoint = *oldest->endpoint;
  endpoint.idle_.erase(endpoint.idle_.begin());  // its oldest too
  if (endpoint.idle_.empty()) {
    endpoint.pool_ = nullptr;
  }
  oldest->connection->close();
  idle_.erase(oldest);
  return true;
}

void IdlePool::forget(Endpoint& endpoint) {
  for (const auto& idle : endpoint.idle_) {
    idle->connection->close();
    idle_.erase(idle);
  }
  endpoint.idle_.clear();
  endpoint.pool_ = nullptr;
}

void IdlePool::clear() {
  while (drop_oldest()) {
  }
}

}  // namespace spillway::http
