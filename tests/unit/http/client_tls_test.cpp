#include "http/client_tls.hpp"

#include "tests/unit/http/certificates.hpp"
#include "tests/unit/http/client_fixture.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <string>

namespace spillway::http {
namespace {

using core::ErrorCode;
using testing_support::Authority;
using testing_support::ScriptedServer;
using testing_support::server_context;
using testing_support::Step;

class ClientTlsTest : public testing_support::ClientFixture {
 protected:
  ClientTlsTest() {
    names_.records["good.test"] = {.ipv4 = {"127.0.0.1"}};
    names_.records["other.test"] = {.ipv4 = {"127.0.0.1"}};
  }

  EndpointOptions secure(const std::string& host, const ScriptedServer& server,
                         const ClientTlsOptions& tls) {
    EndpointOptions options = to(fmt::format("https://{}:{}/", host, server.port()));
    auto context = tls_.get(tls);
    EXPECT_TRUE(context) << context.error().message;
    options.tls = *context;
    return options;
  }
  ClientTlsOptions trusting() const { return {.ca_file = authority_.file()}; }

  static void expect_refused(const SendResult& result, const std::string& words) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().stage, SendStage::tls);
    EXPECT_TRUE(result.error().nothing_sent);
    EXPECT_NE(result.error().error.message.find(words), std::string::npos)
        << result.error().error.message;
  }

  Authority authority_;
  ClientTlsStore tls_;
};

TEST_F(ClientTlsTest, delivers_to_a_server_it_can_verify) {
  auto context = server_context(authority_.issue("DNS:good.test"));
  ScriptedServer server(loop_, "127.0.0.1", &context);
  const auto target = endpoint(secure("good.test", server, trusting()));
  for (int i = 0; i < 3; ++i) {
    const SendResult result = send(target);
    ASSERT_TRUE(result) << result.error().error.message;
    EXPECT_EQ(result->excerpt, "ok");
  }
  EXPECT_EQ(server.connections, 1);
}

TEST_F(ClientTlsTest, verifies_an_address_as_such) {
  auto context = server_context(authority_.issue("IP:127.0.0.1"));
  ScriptedServer server(loop_, "127.0.0.1", &context);
  EXPECT_TRUE(send(endpoint(secure("127.0.0.1", server, trusting()))));
  auto named = server_context(authority_.issue("DNS:127.0.0.1"));
  ScriptedServer wrong(loop_, "127.0.0.1", &named);
  expect_refused(send(endpoint(secure("127.0.0.1", wrong, trusting()))), "IP address mismatch");
}

TEST_F(ClientTlsTest, refuses_another_name) {
  auto context = server_context(authority_.issue("DNS:good.test"));
  ScriptedServer server(loop_, "127.0.0.1", &context);
  expect_refused(send(endpoint(secure("other.test", server, trusting()))), "hostname mismatch");
  EXPECT_TRUE(server.requests.empty());
}

TEST_F(ClientTlsTest, refuses_an_authority_it_does_not_trust) {
  const Authority unknown;
  auto context = server_context(unknown.issue("DNS:good.test"));
  ScriptedServer server(loop_, "127.0.0.1", &context);
  expect_refused(send(endpoint(secure("good.test", server, trusting()))), "local issuer");
  expect_refused(send(endpoint(secure("good.test", server, {}))), "local issuer");
}

TEST_F(ClientTlsTest, refuses_tls_below_1_2) {
  auto context = server_context(authority_.issue("DNS:good.test"));
  SSL_CTX_set_security_level(context.native_handle(), 0);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
  ScriptedServer server(loop_, "127.0.0.1", &context);
  expect_refused(send(endpoint(secure("good.test", server, trusting()))), "version");
}

TEST_F(ClientTlsTest, plain_server_is_a_failed_handshake) {
  ScriptedServer server(loop_);
  server.script.push_back({"HTTP/1.1 400 Bad\r\n\r\n", Step::Then::close, Step::Read::nothing});
  expect_refused(send(endpoint(secure("good.test", server, trusting()))), "TLS handshake");
}

TEST_F(ClientTlsTest, hanging_handshake_ends_at_the_connect_timeout_with_nothing_sent) {
  ScriptedServer server(loop_);
  server.script.push_back({"", Step::Then::hang, Step::Read::nothing});
  EndpointOptions options = secure("good.test", server, trusting());
  options.connect_timeout = std::chrono::milliseconds(30);
  const SendResult result = send(endpoint(std::move(options)));
  expect_refused(result, "time for it is over");
  EXPECT_EQ(result.error().error.code, ErrorCode::timeout);
}

TEST_F(ClientTlsTest, shows_its_certificate_when_asked) {
  const Authority clients;
  auto context = server_context(authority_.issue("DNS:good.test"), &clients);
  ScriptedServer server(loop_, "127.0.0.1", &context);
  const auto client = clients.issue("DNS:spillway");
  EXPECT_TRUE(send(endpoint(secure("good.test", server,
                                   {.ca_file = authority_.file(),
                                    .certificate_file = client.certificate,
                                    .key_file = client.key}))));
  EXPECT_FALSE(send(endpoint(secure("good.test", server, trusting()))));
  EXPECT_EQ(server.requests.size(), 1);
}

// The context's application data is Asio's.
const int kResumedIndex = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);

void count_resumed(const SSL* session, int where, int /*value*/) {
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) {
    *static_cast<int*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), kResumedIndex)) +=
        SSL_session_reused(session);
  }
}

TEST_F(ClientTlsTest, resumes_its_session_on_the_next_connection) {
  auto context = server_context(authority_.issue("DNS:good.test"));
  int resumed = 0;
  SSL_CTX_set_ex_data(context.native_handle(), kResumedIndex, &resumed);
  SSL_CTX_set_info_callback(context.native_handle(), &count_resumed);
  ScriptedServer server(loop_, "127.0.0.1", &context);
  server.script.push_back({.then = Step::Then::close});
  const auto target = endpoint(secure("good.test", server, trusting()));
  EXPECT_TRUE(send(target));
  loop_.run_until([&] { return server.closed == 1; });
  EXPECT_TRUE(send(target));
  EXPECT_EQ(server.connections, 2);
  EXPECT_EQ(resumed, 1);
}

TEST_F(ClientTlsTest, options_that_are_the_same_share_one_context) {
  EXPECT_EQ(tls_.get(trusting()).value(), tls_.get(trusting()).value());
  EXPECT_NE(tls_.get(trusting()).value(), tls_.get({}).value());
}

TEST_F(ClientTlsTest, unusable_files_are_named) {
  const auto pair = authority_.issue("DNS:a");
  const auto other = authority_.issue("DNS:b");
  const auto missing = tls_.get({.ca_file = "/nonexistent.pem"});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("/nonexistent.pem"), std::string::npos);
  EXPECT_FALSE(tls_.get({.certificate_file = pair.certificate}));
  EXPECT_FALSE(tls_.get({.certificate_file = pair.key, .key_file = pair.key}));
  EXPECT_FALSE(tls_.get({.certificate_file = pair.certificate, .key_file = other.key}));
}

}  // namespace
}  // namespace spillway::http
