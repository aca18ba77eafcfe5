// SIGINT and SIGTERM as events of an io_context: how a command is told to end in good order, and
// told again when it takes too long. One thread.
#pragma once

#include <csignal>
#include <functional>
#include <utility>

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/io_context.hpp>

namespace spillway::app {

class Signals {
 public:
  // Calls back at each signal.
  Signals(boost::asio::io_context& io, std::move_only_function<void()> stop)
      : signals_(io, SIGINT, SIGTERM), stop_(std::move(stop)) {
    wait();
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void wait() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (!error) {
        stop_();
        wait();
      }
    });
  }

  boost::asio::basic_signal_set<boost::asio::io_context::executor_type> signals_;
  std::move_only_function<void()> stop_;
};

}  // namespace spillway::app
