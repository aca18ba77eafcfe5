#include "routing/json_pointer.hpp"

#include <gtest/gtest.h>

namespace spillway::routing {
namespace {

// The document and answers of RFC 6901 §5.
constexpr std::string_view kRfcDocument = R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,
    "g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})";

std::optional<std::string> look_up(std::string_view json, std::string_view pointer) {
  const auto document = JsonDocument::parse(json);
  const auto compiled = JsonPointer::parse(pointer);
  EXPECT_TRUE(document && compiled) << json << " " << pointer;
  const auto value = compiled->resolve(document->root());
  return value ? std::optional<std::string>(value->raw()) : std::nullopt;
}

TEST(JsonPointer, resolves_the_examples_of_the_rfc) {
  EXPECT_EQ(look_up(kRfcDocument, ""), kRfcDocument);
  EXPECT_EQ(look_up(kRfcDocument, "/foo"), R"(["bar","baz"])");
  EXPECT_EQ(look_up(kRfcDocument, "/foo/0"), R"("bar")");
  EXPECT_EQ(look_up(kRfcDocument, "/"), "0");
  EXPECT_EQ(look_up(kRfcDocument, "/a~1b"), "1");
  EXPECT_EQ(look_up(kRfcDocument, "/c%d"), "2");
  EXPECT_EQ(look_up(kRfcDocument, "/e^f"), "3");
  EXPECT_EQ(look_up(kRfcDocument, "/g|h"), "4");
  EXPECT_EQ(look_up(kRfcDocument, "/i\\j"), "5");
  EXPECT_EQ(look_up(kRfcDocument, "/k\"l"), "6");
  EXPECT_EQ(look_up(kRfcDocument, "/ "), "7");
  EXPECT_EQ(look_up(kRfcDocument, "/m~0n"), "8");
}

TEST(JsonPointer, leads_nowhere_where_there_is_nothing) {
  for (const char* pointer : {"/bar", "/foo/2", "/foo/-", "/foo/01", "/foo/+1", "/foo/ 1", "/foo/",
                              "/foo/0/x", "/foo/99999999999999999999", "//", "/a/b"}) {
    EXPECT_EQ(look_up(kRfcDocument, pointer), std::nullopt) << pointer;
  }
}

TEST(JsonPointer, numeric_steps_name_members_of_objects) {
  EXPECT_EQ(look_up(R"({"0":{"01":"x"}})", "/0/01"), "\"x\"");
}

TEST(JsonPointer, unescapes_once) {
  EXPECT_EQ(look_up(R"({"~1":"x"})", "/~01"), "\"x\"");
}

TEST(JsonPointer, refuses_what_is_no_pointer) {
  for (const char* pointer : {"foo", "/a~", "/a~2b", "#/foo", "/~/x"}) {
    const auto compiled = JsonPointer::parse(pointer);
    ASSERT_FALSE(compiled) << pointer;
    EXPECT_EQ(compiled.error().code, core::ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace spillway::routing
