// Runs one coroutine on an io_context of its own thread until it has ended: how commands, which
// have nothing else to do, wait for what is asynchronous.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "http/async.hpp"

namespace spillway::app {

// Other tasks of the io_context run meanwhile and stand still afterwards.
template <class T>
T run_task(boost::asio::io_context& io, http::Awaitable<T> task) {
  std::optional<T> result;
  boost::asio::co_spawn(io.get_executor(), std::move(task),
                        [&](const std::exception_ptr& error, T value) {
                          if (error) {
                            std::rethrow_exception(error);
                          }
                          result.emplace(std::move(value));
                          io.stop();
                        });
  io.restart();
  io.run();
  return std::move(*result);
}

}  // namespace spillway::app
