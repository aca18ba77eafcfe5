// SIGINT and SIGTERM as an event of an io_context: a command stops in good order on the first and
// at once on the second. One thread.
#pragma once

#include <csignal>
#include <functional>
#include <utility>

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/io_context.hpp>

namespace spillway::app {

class Signals {
 public:
  // Calls back once. Another signal after that has its usual effect, which is to end the process.
  Signals(boost::asio::io_context& io, std::move_only_function<void()> stop)
      : signals_(io, SIGINT, SIGTERM), stop_(std::move(stop)) {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (!error) {
        signals_.clear();
        stop_();
      }
    });
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  boost::asio::basic_signal_set<boost::asio::io_context::executor_type> signals_;
  std::move_only_function<void()> stop_;
};

}  // namespace spillway::app
