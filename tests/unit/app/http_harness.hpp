// What the tests of the commands' HTTP side share: a loop to run on, and one request over it.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>

#include "app/http_link.hpp"
#include "app/run_task.hpp"

namespace spillway::app::testing_support {

class HttpHarness {
 public:
  boost::asio::io_context io{1};

  // One exchange on a connection of its own.
  core::Result<Reply> exchange(std::string method, std::uint16_t port, std::string target,
                               std::string body = "", std::vector<core::Header> headers = {},
                               core::Duration limit = std::chrono::seconds(10)) {
    auto origin =
        Origin::open(io.get_executor(), fmt::format("http://127.0.0.1:{}", port), "").value();
    HttpLink link(*origin);
    return run_task(io, link.exchange(std::move(method), std::move(target), &headers, &body,
                                      http::deadline_in(limit)));
  }
};

}  // namespace spillway::app::testing_support
