// Which addresses the client connects to: the guard's verdict, several addresses, silent ones.
#include "tests/unit/http/client_fixture.hpp"

#include <gtest/gtest.h>
#include <boost/asio/basic_socket_acceptor.hpp>

#include <sys/socket.h>
#include <memory>
#include <string>

namespace spillway::http {
namespace {

using namespace std::chrono_literals;
using core::ErrorCode;
using testing_support::Loop;
using testing_support::ScriptedServer;
using testing_support::Step;
namespace asio = boost::asio;
using asio::ip::tcp;

// A listener whose queue is full: further connection attempts get no answer at all.
class SilentListener {
 public:
  SilentListener(Loop& loop, const std::string& address)
      : acceptor_(loop.executor(), tcp::v4()), filler_(loop.executor()) {
    acceptor_.bind(tcp::endpoint(asio::ip::make_address(address), 0));
    acceptor_.listen(0);
    filler_.connect(acceptor_.local_endpoint());
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::basic_socket_acceptor<tcp, IoExecutor> acceptor_;
  TcpSocket filler_;
};

class ClientAddressTest : public testing_support::ClientFixture {
 protected:
  static std::string url(const std::string& host, const ScriptedServer& server) {
    return fmt::format("http://{}:{}/", host, server.port());
  }
};

TEST_F(ClientAddressTest, blocked_address_is_not_connected_to) {
  ScriptedServer server(loop_);
  const SendResult result = send(endpoint(to(url("127.0.0.1", server), {})));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, SendStage::guard);
  EXPECT_TRUE(result.error().nothing_sent);
  EXPECT_EQ(result.error().error.code, ErrorCode::forbidden);
  EXPECT_EQ(server.connections, 0);
}

TEST_F(ClientAddressTest, localhost_resolves_to_loopback_and_is_blocked) {
  ScriptedServer server(loop_);
  const SendResult refused = send(endpoint(to(url("localhost", server), {})));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().stage, SendStage::guard);
  EXPECT_NE(refused.error().error.message.find("loopback"), std::string::npos);
  EXPECT_TRUE(send(endpoint(to(url("localhost", server)))));
}

TEST_F(ClientAddressTest, metadata_name_is_not_even_resolved) {
  const SendResult result = send(endpoint(to("http://metadata.google.internal/", {"0.0.0.0/0"})));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, SendStage::guard);
  EXPECT_TRUE(names_.asked.empty());
}

TEST_F(ClientAddressTest, host_header_is_the_name) {
  names_.records["hooks.test"] = {.ipv4 = {"127.0.0.1"}};
  ScriptedServer server(loop_);
  EXPECT_TRUE(send(endpoint(to(url("hooks.test", server)))));
  EXPECT_NE(server.requests.at(0).find(fmt::format("Host: hooks.test:{}\r\n", server.port())),
            std::string::npos);
}

TEST_F(ClientAddressTest, unknown_name_means_nothing_was_sent) {
  const SendResult result = send(endpoint(to("http://missing.test/")));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, SendStage::resolve);
  EXPECT_TRUE(result.error().nothing_sent);
  EXPECT_EQ(result.error().error.code, ErrorCode::not_found);
}

TEST_F(ClientAddressTest, silent_name_server_ends_at_the_connect_timeout) {
  names_.records["silent.test"] = {.silent = true};
  EndpointOptions options = to("http://silent.test/");
  options.connect_timeout = 20ms;
  const SendResult result = send(endpoint(std::move(options)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, SendStage::resolve);
  EXPECT_EQ(result.error().error.code, ErrorCode::timeout);
}

TEST_F(ClientAddressTest, name_that_moves_to_a_blocked_address_is_refused) {
  names_.records["rebind.test"] = {.ipv4 = {"127.0.0.2"}, .ttl = 0};
  ScriptedServer server(loop_, "0.0.0.0");
  server.script.push_back(
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", Step::Then::close});
  const auto target = endpoint(to(url("rebind.test", server), {"127.0.0.2"}));
  EXPECT_TRUE(send(target));
  names_.records["rebind.test"].ipv4 = {"127.0.0.3"};
  const SendResult result = send(target);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, SendStage::guard);
  EXPECT_EQ(server.connections, 1);
}

TEST_F(ClientAddressTest, only_the_allowed_ones_of_several_addresses_are_used) {
  names_.records["mixed.test"] = {.ipv4 = {"127.0.0.3", "127.0.0.2"}};
  ScriptedServer blocked(loop_, "127.0.0.3");
  ScriptedServer allowed(loop_, "127.0.0.2", nullptr, blocked.port());
  EXPECT_TRUE(send(endpoint(to(url("mixed.test", allowed), {"127.0.0.2"}))));
  EXPECT_EQ(blocked.connections, 0);
  EXPECT_EQ(allowed.connections, 1);
}

TEST_F(ClientAddressTest, next_address_is_tried_when_one_refuses) {
  names_.records["two.test"] = {.ipv4 = {"127.0.0.3", "127.0.0.2"}};
  ScriptedServer server(loop_, "127.0.0.2");
  EXPECT_TRUE(send(endpoint(to(url("two.test", server)))));
}

TEST_F(ClientAddressTest, silent_address_ends_at_the_connect_timeout) {
  SilentListener silent(loop_, "127.0.0.1");
  EndpointOptions options = to(fmt::format("http://127.0.0.1:{}/", silent.port()));
  options.connect_timeout = 20ms;
  const SendResult result = send(endpoint(std::move(options)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, SendStage::connect);
  EXPECT_EQ(result.error().error.code, ErrorCode::timeout);
  EXPECT_TRUE(result.error().nothing_sent);
  EXPECT_EQ(sockets_.used(), 0);
}

TEST_F(ClientAddressTest, silent_address_leaves_time_for_the_next) {
  SilentListener silent(loop_, "127.0.0.3");
  ScriptedServer server(loop_, "127.0.0.2", nullptr, silent.port());
  names_.records["two.test"] = {.ipv4 = {"127.0.0.3", "127.0.0.2"}};
  EndpointOptions options = to(url("two.test", server));
  options.connect_timeout = 500ms;
  const SendResult result = send(endpoint(std::move(options)));
  ASSERT_TRUE(result) << result.error().error.message;
  EXPECT_GT(result->took, 200ms);  // the silent one was tried first
}

}  // namespace
}  // namespace spillway::http
