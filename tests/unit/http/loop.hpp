// Runs coroutines of a test on an io_context of its own until a condition holds; a test that waits
// in vain fails after ten seconds.
#pragma once

#include "http/deadline.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace spillway::http::testing_support {

class Loop {
 public:
  [[nodiscard]] IoExecutor executor() { return io_.get_executor(); }

  // A coroutine under way; the value is there once it has ended.
  template <class T>
  using Pending = std::shared_ptr<std::optional<T>>;

  template <class T>
  [[nodiscard]] Pending<T> start(Awaitable<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    boost::asio::co_spawn(executor(), std::move(task),
                          [result](const std::exception_ptr& error, T value) {
                            if (error) {
                              std::rethrow_exception(error);
                            }
                            result->emplace(std::move(value));
                          });
    return result;
  }
  void start(Awaitable<> task) {
    boost::asio::co_spawn(executor(), std::move(task), boost::asio::detached);
  }

  void run_until(std::predicate auto condition) {
    const Deadline give_up = deadline_in(std::chrono::seconds(10));
    while (!condition()) {
      if (now_monotonic() >= give_up) {
        throw std::runtime_error("the condition did not come true in 10 s");
      }
      io_.restart();
      io_.run_one_until(give_up);
    }
  }

  template <class T>
  T finish(const Pending<T>& pending) {
    run_until([&] { return pending->has_value(); });
    return std::move(**pending);
  }
  template <class T>
  T run(Awaitable<T> task) {
    return finish(start(std::move(task)));
  }

 private:
  boost::asio::io_context io_;
};

}  // namespace spillway::http::testing_support
