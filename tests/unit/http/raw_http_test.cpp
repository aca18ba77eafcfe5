// The framing vectors, byte for byte through a real session.
#include <gmock/gmock.h>
#include <simdjson.h>

#include <optional>

#include "core/encoding.hpp"
#include "session_harness.hpp"

namespace spillway::http {
namespace {

class RawHttp : public SessionTest {
 protected:
  void run_vector(simdjson::dom::element vector, std::size_t piece_bytes_max) {
    const std::string name(vector["name"].get_string().value());
    SCOPED_TRACE(name + " in pieces of " + std::to_string(piece_bytes_max));
    const std::optional<std::string> raw =
        core::from_base64(vector["raw_base64"].get_string().value());
    ASSERT_TRUE(raw);
    handler.requests.clear();
    wire.from_server.clear();
    wire.server_shut = wire.client_closed = ended = false;
    wire.piece_bytes_max = piece_bytes_max;
    start();
    send(*raw);

    const simdjson::dom::element expect = vector["expect"];
    const bool accepted = expect["accepted"].get_bool().value();
    EXPECT_EQ(handler.requests.size(), accepted ? 1U : 0U);
    const std::vector<int> found = statuses();
    ASSERT_EQ(found.size(), 1U);
    std::vector<std::int64_t> allowed;
    for (const simdjson::dom::element status : expect["status_any_of"].get_array()) {
      allowed.push_back(status.get_int64().value());
    }
    EXPECT_THAT(allowed, ::testing::Contains(found[0]));
    EXPECT_EQ(wire.server_shut || ended, expect["connection_closed"].get_bool().value());
    close_client();
    EXPECT_TRUE(ended);
  }
};

TEST_F(RawHttp, every_vector_is_judged_as_the_rfc_says) {
  simdjson::dom::parser parser;
  simdjson::dom::array vectors;
  ASSERT_EQ(parser.load(SPILLWAY_VECTORS "/raw_http.json").get_array().get(vectors),
            simdjson::SUCCESS);
  ASSERT_GE(vectors.size(), 12U);
  for (const simdjson::dom::element vector : vectors) {
    run_vector(vector, std::string::npos);
    run_vector(vector, 1);
  }
}

}  // namespace
}  // namespace spillway::http
