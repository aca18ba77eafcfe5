// How many connections may be open at once, over all listeners and threads that share it.
#pragma once

#include <atomic>
#include <cstddef>

namespace spillway::http {

class ConnectionLimit {
 public:
  explicit ConnectionLimit(std::size_t connections_max) : connections_max_(connections_max) {}

  // False when there is no more room; true must be followed by release().
  [[nodiscard]] bool acquire() {
    if (open_.fetch_add(1, std::memory_order_relaxed) < connections_max_) {
      return true;
    }
    release();
    return false;
  }
  void release() { open_.fetch_sub(1, std::memory_order_relaxed); }

  [[nodiscard]] std::size_t open() const { return open_.load(std::memory_order_relaxed); }

 private:
  const std::size_t connections_max_;
  std::atomic<std::size_t> open_{0};
};

}  // namespace spillway::http
