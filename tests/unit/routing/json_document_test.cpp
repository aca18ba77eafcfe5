#include "routing/json_document.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "core/random.hpp"

namespace spillway::routing {
namespace {

bool valid(std::string_view text) {
  return JsonDocument::parse(text).has_value();
}

std::optional<std::string> text_of(std::string_view json, std::string_view key) {
  const auto document = JsonDocument::parse(json);
  const auto member = document ? document->root().find(key) : std::nullopt;
  return member ? member->text() : std::nullopt;
}

TEST(JsonDocument, accepts_every_kind_of_value_at_the_top) {
  for (const char* text : {"{}", "[]", "\"\"", "0", "-0.5e+10", "true", "false", "null",
                           " \t\r\n[ 1 , { \"a\" : null } ] \n"}) {
    EXPECT_TRUE(valid(text)) << text;
  }
}

TEST(JsonDocument, refuses_what_the_grammar_refuses) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "{\"a\":1,}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{a:1}",
                           "{1:1}",
                           "{\"a\":1 \"b\":2}",
                           "[}",
                           "{]",
                           "01",
                           "-",
                           "1.",
                           ".5",
                           "1e",
                           "+1",
                           "1e+",
                           "tru",
                           "nul",
                           "True",
                           "NaN",
                           "\"a",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"\\u12\"",
                           "\"\\",
                           "\"\n\"",
                           "{} {}",
                           "[] x",
                           "'a'",
                           "// c\n1",
                           "\xef\xbb\xbf{}",
                           "\"\xff\"",
                           "\"\xc0\xaf\"",
                           "\"\xed\xa0\x80\""}) {
    EXPECT_FALSE(valid(text)) << text;
  }
  EXPECT_FALSE(valid(std::string_view("1\0", 2)));
  EXPECT_FALSE(valid(std::string_view("\"\0\"", 3)));
}

TEST(JsonDocument, accepts_what_a_sender_may_send_though_it_fits_no_machine_type) {
  EXPECT_TRUE(valid("123456789012345678901234567890"));
  EXPECT_TRUE(valid("1e999999"));
  EXPECT_TRUE(valid(R"("half an emoji \ud83d")"));
}

TEST(JsonDocument, depth_is_bounded) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(valid(nested(kJsonDepthMax)));
  EXPECT_FALSE(valid(nested(kJsonDepthMax + 1)));
  EXPECT_FALSE(valid(std::string(1'000'000, '[')));
}

TEST(JsonDocument, slices_are_the_bytes_as_received) {
  const std::string text = R"({ "a" : [ 1.50 , "x\/y" , { } ] , "b":-0 })";
  const auto document = JsonDocument::parse(text);
  ASSERT_TRUE(document);
  const JsonValue root = document->root();
  EXPECT_EQ(root.raw(), text);
  EXPECT_EQ(root.find("a")->raw(), R"([ 1.50 , "x\/y" , { } ])");
  EXPECT_EQ(root.find("a")->at(0)->raw(), "1.50");
  EXPECT_EQ(root.find("a")->at(1)->raw(), R"("x\/y")");
  EXPECT_EQ(root.find("a")->at(2)->kind(), JsonKind::object);
  EXPECT_FALSE(root.find("a")->at(3));
  EXPECT_EQ(root.find("b")->raw(), "-0");
  EXPECT_EQ(root.members().size(), 2U);
  EXPECT_EQ(root.members()[1].key.text(), "b");
  EXPECT_EQ(root.find("a")->elements().size(), 3U);
}

TEST(JsonDocument, scalars_read_as_text_and_nothing_else_does) {
  const std::string text = R"({"s":"a\"b\\\/\b\f\n\r\té","n":-1.50E+2,"t":true,"f":false,
                              "null":null,"o":{},"a":[]})";
  EXPECT_EQ(text_of(text, "s"), "a\"b\\/\b\f\n\r\t\xc3\xa9");
  EXPECT_EQ(text_of(text, "n"), "-1.50E+2");
  EXPECT_EQ(text_of(text, "t"), "true");
  EXPECT_EQ(text_of(text, "f"), "false");
  EXPECT_EQ(text_of(text, "null"), std::nullopt);
  EXPECT_EQ(text_of(text, "o"), std::nullopt);
  EXPECT_EQ(text_of(text, "a"), std::nullopt);
}

TEST(JsonDocument, unicode_escapes_become_utf8) {
  EXPECT_EQ(text_of(R"({"k":"\u0041\u00e9\u20AC\ud83d\udc4d"})", "k"),
            "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x91\x8d");
  EXPECT_EQ(text_of(R"({"k":"\u0000"})", "k"), std::string(1, '\0'));
  EXPECT_EQ(text_of(R"({"k":"\ud83dx"})", "k"), "\xef\xbf\xbdx");
  EXPECT_EQ(text_of(R"({"k":"\udc4d\ud83d\ud83d\udc4d"})", "k"),
            "\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x91\x8d");
}

TEST(JsonDocument, escaped_keys_are_found_and_the_first_duplicate_counts) {
  EXPECT_EQ(text_of(R"({"\u0065ntry":"first","entry":"second"})", "entry"), "first");
  EXPECT_EQ(text_of(R"({"a\/b":"x"})", "a/b"), "x");
  EXPECT_EQ(text_of(R"({"a\/b":"x"})", "a\\/b"), std::nullopt);
  EXPECT_EQ(text_of(R"({"a":{"b":"inner"},"b":"outer"})", "b"), "outer");
}

TEST(JsonDocument, every_cut_of_a_document_is_refused) {
  const std::string text = R"({"a":[1,{"b":"é\n"},true,null,-1.5e3],"c":{"d":[]}})";
  ASSERT_TRUE(valid(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(valid(text.substr(0, size))) << size;
  }
}

// simdjson is the reference: whatever differs must be a number or surrogate it cannot hold.
TEST(JsonDocument, agrees_with_simdjson_on_mutated_documents) {
  const std::string seed =
      R"({"entry":[{"id":"1","time":12.5e-1,"x":[true,false,null,{"a\u00e9":"\n\\"}]}, [] ,{}]})";
  const std::string_view alphabet = "{}[]\",:\\u0019eE+-.tfn lrsa\n\x01\xc3\xa9";
  core::SeededRandom random(7);
  simdjson::dom::parser parser;
  int accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text = seed;
    for (auto edits = random.next() % 3; edits-- > 0;) {
      const std::size_t at = random.next() % text.size();
      switch (random.next() % 3) {
        case 0:
          text[at] = alphabet[random.next() % alphabet.size()];
          break;
        case 1:
          text.erase(at, 1 + random.next() % 4);
          break;
        default:
          text.insert(at, 1, alphabet[random.next() % alphabet.size()]);
      }
      if (text.empty()) {
        break;
      }
    }
    const auto verdict = parser.parse(text).error();
    accepted += verdict == simdjson::SUCCESS ? 1 : 0;
    if (verdict == simdjson::SUCCESS) {
      ASSERT_TRUE(valid(text)) << text;
    } else if (verdict != simdjson::NUMBER_ERROR && verdict != simdjson::STRING_ERROR) {
      ASSERT_FALSE(valid(text)) << text << ": " << simdjson::error_message(verdict);
    }
  }
  EXPECT_GT(accepted, 10'000);
}

}  // namespace
}  // namespace spillway::routing
