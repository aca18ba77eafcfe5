#include "core/json_text.hpp"

#include <gtest/gtest.h>

namespace spillway::core {
namespace {

TEST(JsonText, strings_are_escaped_and_made_valid_utf8) {
  EXPECT_EQ(json_string("a\"b\\c\n\t\r"), R"("a\"b\\c\n\t\r")");
  EXPECT_EQ(json_string(std::string_view("\x01\x7f", 2)), "\"\\u0001\\u007f\"");
  EXPECT_EQ(json_string("äöå€😀"), "\"äöå€😀\"");
  EXPECT_EQ(json_string("\xff\xc0\xaf"), R"("\ufffd\ufffd\ufffd")");
  EXPECT_EQ(json_string("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");  // a lone surrogate
  EXPECT_EQ(json_string("\xe2\x82"), R"("\ufffd\ufffd")");            // cut short
}

TEST(JsonText, the_writer_puts_commas_where_they_belong) {
  JsonWriter json;
  json.begin_object().key("a").begin_array().value(1).value("x").begin_object().end_object();
  json.end_array().key("b").null().key("c").value(true).key("d").value(1.5).end_object();
  EXPECT_EQ(json.text(), R"({"a":[1,"x",{}],"b":null,"c":true,"d":1.5})");
}

}  // namespace
}  // namespace spillway::core
