// HTTP as the commands speak it, against servers that do not keep to it.
#include "app/http_link.hpp"

#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "app/exit_code.hpp"
#include "http_harness.hpp"

namespace spillway::app {
namespace {

using boost::asio::ip::tcp;
using testing::HasSubstr;

class HttpLinkTest : public testing::Test {
 protected:
  // One exchange with a server that reads the request, says this much and closes.
  core::Result<Reply> ask_one_that_says(std::string answer) {
    tcp::acceptor acceptor(harness_.io, {boost::asio::ip::address_v4::loopback(), 0});
    tcp::socket peer(harness_.io);
    std::array<char, 1024> request{};
    acceptor.async_accept(peer, [&](boost::system::error_code accept_error) {
      ASSERT_FALSE(accept_error);
      peer.async_read_some(boost::asio::buffer(request),
                           [&](boost::system::error_code error, std::size_t) {
                             ASSERT_FALSE(error);
                             boost::asio::write(peer, boost::asio::buffer(answer), error);
                             peer.close();
                           });
    });
    return harness_.exchange("GET", acceptor.local_endpoint().port(), "/");
  }

  testing_support::HttpHarness harness_;
};

TEST_F(HttpLinkTest, a_server_that_closes_without_an_answer_counts_as_unreachable) {
  const auto reply = ask_one_that_says("");
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message, HasSubstr("closed the connection without an answer"));
  EXPECT_EQ(exit_code(reply.error().code), kUnreachable);
}

TEST_F(HttpLinkTest, an_answer_that_breaks_off_is_an_error) {
  for (const std::string part :
       {"H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart"}) {
    const auto reply = ask_one_that_says(part);
    ASSERT_FALSE(reply) << part;
    EXPECT_THAT(reply.error().message, HasSubstr("read the response")) << part;
  }
}

TEST_F(HttpLinkTest, a_body_without_a_length_ends_with_the_connection) {
  EXPECT_EQ(ask_one_that_says("HTTP/1.1 200 OK\r\n\r\nall of it")->body, "all of it");
}

}  // namespace
}  // namespace spillway::app
