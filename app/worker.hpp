// A thread with an executor of its own, for what may block or must not hold up the io threads.
// Made, started and joined by Node.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <thread>
#include <utility>

#include "core/clock.hpp"
#include "http/io_executor.hpp"

namespace spillway::app {

class Worker {
 public:
  explicit Worker(const core::Clock& clock) : executor_(io_, clock), work_(io_.get_executor()) {}
  ~Worker() { join(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start() {
    thread_ = std::thread([this] { io_.run(); });
  }

  // Runs the task on the thread and waits for its end. Not from the thread itself.
  template <class Task>
  void run(Task task) {
    std::promise<void> done;
    executor_.post([&] {
      task();
      done.set_value();
    });
    done.get_future().get();
  }

  // What is queued is dropped.
  void join() {
    io_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  [[nodiscard]] core::Executor& executor() { return executor_; }
  [[nodiscard]] boost::asio::io_context& io() { return io_; }

 private:
  boost::asio::io_context io_{1};
  http::IoTaskExecutor executor_;
  boost::asio::executor_work_guard<http::IoExecutor> work_;
  std::thread thread_;
};

}  // namespace spillway::app
