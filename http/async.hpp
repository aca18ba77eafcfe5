// The asynchronous vocabulary of every socket: coroutines on an io_context, with its executor named
// by its own type (the type-erased one costs an allocation and a virtual call per operation).
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <tuple>

namespace spillway::http {

using IoExecutor = boost::asio::io_context::executor_type;

template <class T = void>
using Awaitable = boost::asio::awaitable<T, IoExecutor>;

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, IoExecutor>;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

// The completion token of every operation: suspends the coroutine, returns errors as values.
inline constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<IoExecutor>> kAwait{};

// What a read or write came to: its error, and the bytes moved.
using IoResult = std::tuple<boost::system::error_code, std::size_t>;

}  // namespace spillway::http
