#include "gateway/whatsapp_split.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crypto.hpp"
#include "core/encoding.hpp"
#include "routing/json_pointer.hpp"

namespace spillway::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

Split split(std::string_view body, SplitPolicy policy = SplitPolicy::automatic) {
  routing::JsonBody json(body);
  return split_whatsapp(body, json, policy);
}

std::string envelope(const Split& split, std::size_t unit) {
  return split.units.at(unit).envelope.value_or("untouched");
}

bool is_json(std::string_view text) {
  return routing::JsonDocument::parse(text).has_value();
}

std::string hash_key(std::string_view body, std::string_view place = "") {
  return fmt::format("wa:body:{}{}", core::to_hex(core::sha256(body)), place);
}

// One change of phone number `number`, whose value holds `rest`.
std::string change(std::string_view number, std::string_view rest) {
  return fmt::format(
      R"({{"value":{{"messaging_product":"whatsapp","metadata":{{"phone_number_id":"{}"}})"
      R"(,{}}},"field":"messages"}})",
      number, rest);
}

std::string request(std::string_view changes) {
  return fmt::format(
      R"({{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{}]}}]}})", changes);
}

std::string message(std::string_view id, std::string_view from) {
  return fmt::format(R"({{"from":"{}","id":"{}","timestamp":"1","text":{{"body":"hi"}}}})", from,
                     id);
}

TEST(WhatsappSplit, one_update_stays_untouched) {
  const std::string body = request(change("10", R"("messages":[{"id":"m1","from":"u1"}])"));
  const Split result = split(body);
  ASSERT_EQ(result.units.size(), 1U);
  EXPECT_FALSE(result.units[0].envelope);
  EXPECT_EQ(result.units[0].idempotency_key, "wa:message:m1");
  EXPECT_EQ(result.units[0].ordering_key, "10:u1");
  EXPECT_EQ(result.units[0].content, R"({"id":"m1","from":"u1"})");
}

TEST(WhatsappSplit, several_updates_get_envelopes_of_the_original_slices) {
  const std::string body =
      R"({ "object":"whatsapp_business_account", "entry":[ {"id" : "77","time":5, "changes":[)"
      R"({"value":{"metadata": {"phone_number_id":"10"})"
      R"(,"contacts":[{"wa_id":"u1"},{"user_id":"U.2"}],)"
      R"("messages":[{"id":"m\/1","from":"u1"}, {"id":"m2" ,"from_user_id":"U.2"}],"new":1.0},)"
      R"("field":"messages","later":[null]}]}],"extra":"\u00e9"})";
  const Split result = split(body);
  ASSERT_EQ(result.units.size(), 2U);
  EXPECT_EQ(
      envelope(result, 0),
      R"({"object":"whatsapp_business_account","extra":"\u00e9","entry":[{"id":"77","time":5,)"
      R"("changes":[{"field":"messages","later":[null],)"
      R"("value":{"metadata":{"phone_number_id":"10"},)"
      R"("new":1.0,"contacts":[{"wa_id":"u1"}],"messages":[{"id":"m\/1","from":"u1"}]}}]}]})");
  EXPECT_THAT(
      envelope(result, 1),
      HasSubstr(
          R"("contacts":[{"user_id":"U.2"}],"messages":[{"id":"m2" ,"from_user_id":"U.2"}])"));
  EXPECT_EQ(result.units[0].idempotency_key, "wa:message:m/1");
  EXPECT_EQ(result.units[1].ordering_key, "10:U.2");
}

TEST(WhatsappSplit, a_change_with_a_single_update_is_wrapped_as_it_is) {
  const std::string first = change("10", R"("contacts":[{"x":1}],"messages":[{"id":"m1"}])");
  const std::string second = change("20", R"("statuses":[{"id":"m0","status":"read"}])");
  const std::string body = request(first + "," + second);  // the split is of views into it
  const Split result = split(body);
  ASSERT_EQ(result.units.size(), 2U);
  EXPECT_EQ(envelope(result, 0), request(first));
  EXPECT_EQ(envelope(result, 1), request(second));
  EXPECT_EQ(result.units[1].idempotency_key, "wa:status:m0:read");
  EXPECT_EQ(result.units[1].ordering_key, "m0");
  EXPECT_EQ(result.units[1].content, R"({"id":"m0","status":"read"})");
}

TEST(WhatsappSplit, an_update_keeps_key_and_content_however_it_was_batched) {
  const std::string m1 = message("m1", "u1");
  const std::string alone = request(change("10", "\"messages\":[" + m1 + "]"));
  const std::string batched =
      request(change("10", "\"messages\":[" + message("m0", "u0") + "," + m1 + "]"));
  const Split from_one = split(alone);
  const Split from_many = split(batched);
  EXPECT_EQ(from_one.units[0].idempotency_key, from_many.units[1].idempotency_key);
  EXPECT_EQ(from_one.units[0].content, from_many.units[1].content);
}

TEST(WhatsappSplit, nobody_gets_the_contacts_or_updates_of_another) {
  const std::string body = request(
      change("10",
             R"("contacts":[{"wa_id":"u1"},{"wa_id":"u2"},{"wa_id":"u3","user_id":"U.3"}])"
             R"(,"messages":[)" +
                 message("m1", "u1") + "," + message("m2", "u2") +
                 R"(],"statuses":[)"
                 R"({"id":"m3","status":"read","recipient_id":"u3","recipient_user_id":"U.3"},)"
                 R"({"id":"m4","status":"read","recipient_id":"g")"
                 R"(,"recipient_participant_id":"u2"}])") +
      "," + change("20", "\"messages\":[" + message("m5", "u5") + "]"));
  const Split result = split(body);
  ASSERT_EQ(result.units.size(), 5U);
  const std::vector<std::string> own = {"u1", "u2", "u3", "u2", "u5"};
  const std::vector<std::string> ids = {"m1", "m2", "m3", "m4", "m5"};
  for (std::size_t unit = 0; unit < own.size(); ++unit) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != ids[unit]) {
        EXPECT_THAT(envelope(result, unit), Not(HasSubstr('"' + ids[i] + '"')));
      }
      if (own[i] != own[unit]) {
        EXPECT_THAT(envelope(result, unit), Not(HasSubstr('"' + own[i] + '"')));
      }
    }
    EXPECT_TRUE(is_json(envelope(result, unit)));
  }
  EXPECT_THAT(envelope(result, 2), HasSubstr(R"("contacts":[{"wa_id":"u3","user_id":"U.3"}],)"));
  EXPECT_EQ(result.units[3].idempotency_key, "wa:status:m4:read:u2");
}

TEST(WhatsappSplit, escaped_keys_hide_no_update) {
  const std::string body =
      R"({"\u0065ntry":[{"id":"1","ch\u0061nges":[{"field":"messages","value":{"m\u0065ssages":)"
      R"([{"\u0069d":"m1"},{"id":"m2","id":"m3"}],"cont\u0061cts":[]}}]}]})";
  const Split result = split(body);
  ASSERT_EQ(result.units.size(), 2U);
  EXPECT_EQ(result.units[0].idempotency_key, "wa:message:m1");
  EXPECT_EQ(result.units[1].idempotency_key, "wa:message:m2");
  EXPECT_TRUE(is_json(envelope(result, 0)));
  EXPECT_TRUE(is_json(envelope(result, 1)));
}

TEST(WhatsappSplit, a_key_that_stands_twice_hides_no_update) {
  const std::string twice = change("10", R"("messages":[],"messages":[{"id":"m1"}])");
  const std::string other = change("10", R"("messages":[{"id":"m2"}])");
  for (const std::string& body :
       {std::string(R"({"entry":[],"entry":[{"changes":[)") + other + "]}]}",
        std::string(R"({"entry":[],"\u0065ntry":[{"changes":[)") + other + "]}]}",
        std::string(R"({"entry":[{"changes":[],"changes":[)") + other + "]}]}",
        std::string(R"({"entry":[{"changes":[{"value":{},"value":{"messages":[{}]}}]}]})"),
        request(twice), request(twice + "," + other),
        request(change("10", R"("statuses":[],"statuses":[])")),
        request(change("10", R"("contacts":[],"contacts":[],"messages":[{"id":"m1"}])"))}) {
    const Split result = split(body);
    EXPECT_TRUE(result.malformed) << body;
    ASSERT_EQ(result.units.size(), 1U) << body;
    EXPECT_EQ(result.units[0].idempotency_key, hash_key(body)) << body;
  }
}

TEST(WhatsappSplit, contacts_that_no_update_names_stay_with_the_first_of_their_change) {
  const std::string body = request(
      change("10", R"("contacts":[{"wa_id":"u9"},{"wa_id":"u2"},{"profile":{}}],"messages":[)" +
                       message("m1", "u1") + "," + message("m2", "u2") + "]"));
  const Split result = split(body);
  ASSERT_EQ(result.units.size(), 2U);
  EXPECT_THAT(envelope(result, 0), HasSubstr(R"("contacts":[{"wa_id":"u9"},{"profile":{}}],)"));
  EXPECT_THAT(envelope(result, 1), HasSubstr(R"("contacts":[{"wa_id":"u2"}],)"));
}

TEST(WhatsappSplit, what_has_no_id_is_known_by_its_place_in_the_request) {
  const std::string body = request(
      R"({"field":"account_update","value":{"event":"X"}},)"
      R"({"field":"calls","value":{"messages":[{"id":"m1"}]}},)"
      R"({"field":"messages","value":{"errors":[{"code":1}]}},)"
      R"({"field":"messages","value":{"messages":[{"from":"u"},{"id":null},{"id":""},7,null]}},)"
      R"({"field":"messages","value":{"statuses":[{"id":"m1"}]}},)"
      R"({"field":"message_template_status_update","value":{"event":"APPROVED"}},)"
      R"(null)");
  const Split result = split(body);
  std::vector<std::string> keys;
  for (const Unit& unit : result.units) {
    EXPECT_TRUE(is_json(*unit.envelope));
    keys.push_back(*unit.idempotency_key);
  }
  EXPECT_THAT(keys, testing::ElementsAre(hash_key(body, ":0:0"), hash_key(body, ":0:1"),
                                         hash_key(body, ":0:2"), hash_key(body, ":0:3:0"),
                                         hash_key(body, ":0:3:1"), hash_key(body, ":0:3:2"),
                                         hash_key(body, ":0:3:3"), hash_key(body, ":0:3:4"),
                                         hash_key(body, ":0:4:0"), hash_key(body, ":0:5"),
                                         hash_key(body, ":0:6")));
}

TEST(WhatsappSplit, entries_without_changes_are_passed_on_whole) {
  const std::string body = R"({"object":"page","entry":[{"id":"1","messaging":[{}]},[],)"
                           R"({"id":"2","changes":null},{"id":"3","changes":[]}]})";
  const Split result = split(body);
  ASSERT_EQ(result.units.size(), 3U);
  EXPECT_EQ(envelope(result, 0), R"({"object":"page","entry":[{"id":"1","messaging":[{}]}]})");
  EXPECT_EQ(envelope(result, 1), R"({"object":"page","entry":[[]]})");
  EXPECT_EQ(result.units[2].idempotency_key, hash_key(body, ":2:0"));
}

TEST(WhatsappSplit, identity_fields_are_optional) {
  const std::string body = request(change(
      "10",
      R"("messages":[{"id":"m1"},{"id":"m2","from":null,"from_user_id":"U.2"},{"id":"m3","from":15550109001)"
      R"(,"timestamp":17}])"));
  const Split result = split(body);
  ASSERT_EQ(result.units.size(), 3U);
  EXPECT_EQ(result.units[0].ordering_key, std::nullopt);
  EXPECT_EQ(result.units[1].ordering_key, "10:U.2");
  EXPECT_EQ(result.units[2].ordering_key, "10:15550109001");
}

TEST(WhatsappSplit, no_update_means_no_unit) {
  for (const char* body : {R"({"entry":[]})", R"({"entry":[{"id":"1","changes":[]}]})"}) {
    EXPECT_TRUE(split(body).units.empty()) << body;
    EXPECT_FALSE(split(body).malformed) << body;
    EXPECT_TRUE(split(body, SplitPolicy::never).units.empty()) << body;
  }
}

TEST(WhatsappSplit, what_is_no_webhook_of_meta_is_malformed_and_kept_whole) {
  for (const char* body : {"", "{", "[]", "7", "{}", R"({"entry":{}})", R"({"entry":null})"}) {
    for (const SplitPolicy policy : {SplitPolicy::automatic, SplitPolicy::never}) {
      const Split result = split(body, policy);
      EXPECT_TRUE(result.malformed) << body;
      ASSERT_EQ(result.units.size(), 1U) << body;
      EXPECT_FALSE(result.units[0].envelope) << body;
      EXPECT_EQ(result.units[0].idempotency_key, hash_key(body)) << body;
    }
  }
}

TEST(WhatsappSplit, never_keeps_the_request_whole) {
  const std::string two =
      request(change("10", "\"messages\":[" + message("m1", "u") + "," + message("m2", "u") + "]"));
  const Split result = split(two, SplitPolicy::never);
  ASSERT_EQ(result.units.size(), 1U);
  EXPECT_FALSE(result.units[0].envelope);
  EXPECT_EQ(result.units[0].idempotency_key, hash_key(two));
  const std::string one = request(change("10", "\"messages\":[" + message("m1", "u") + "]"));
  EXPECT_EQ(split(one, SplitPolicy::never).units[0].idempotency_key, "wa:message:m1");
}

TEST(WhatsappSplit, a_thousand_updates_of_a_hundred_numbers_fit) {
  std::string changes;
  for (int number = 0; number < 100; ++number) {
    std::string contacts;
    std::string messages;
    for (int i = 0; i < 10; ++i) {
      contacts += fmt::format(R"({}{{"profile":{{"name":"n"}},"wa_id":"u{}"}})", i ? "," : "", i);
      messages += (i ? "," : "") + message(fmt::format("m{}-{}", number, i), fmt::format("u{}", i));
    }
    changes += (number ? "," : "") +
               change(fmt::format("{}", number),
                      "\"contacts\":[" + contacts + "],\"messages\":[" + messages + "]");
  }
  const Split result = split(request(changes));
  ASSERT_FALSE(result.malformed);
  ASSERT_EQ(result.units.size(), 1000U);
  EXPECT_EQ(
      envelope(result, 990),
      request(R"({"field":"messages","value":{"messaging_product":"whatsapp","metadata":)"
              R"({"phone_number_id":"99"},"contacts":[{"profile":{"name":"n"},"wa_id":"u0"}],)"
              R"("messages":[)" +
              message("m99-0", "u0") + "]}}"));
}

TEST(WhatsappSplit, expansion_is_capped_and_nothing_is_lost_or_leaked) {
  const auto bomb = [](std::string_view rest, int messages) {
    std::string list;
    for (int i = 0; i < messages; ++i) {
      list += (i ? "," : "") + message(fmt::format("m{}", i), "u");
    }
    return request(change("10", fmt::format("{},\"messages\":[{}]", rest, list)));
  };
  std::string contacts;
  for (int i = 0; i < 1000; ++i) {
    contacts += (i ? "," : "") + std::string(R"({"wa_id":"u"})");
  }
  const std::vector<std::string> bodies = {
      bomb("\"contacts\":[" + contacts + "]", 1000),
      bomb("\"padding\":\"" + std::string(100'000, 'x') + "\"", 1000),
  };
  for (const std::string& body : bodies) {
    const Split result = split(body);
    EXPECT_TRUE(result.malformed);
    ASSERT_EQ(result.units.size(), 1U);
    EXPECT_EQ(result.units[0].content, body);
  }
  std::string nothing = "[]";
  for (std::size_t i = 0; i < kUpdatesMax; ++i) {
    nothing += ",[]";
  }
  EXPECT_TRUE(split("{\"entry\":[" + nothing + "]}").malformed);
}

TEST(WhatsappSplit, every_cut_of_a_request_is_malformed) {
  const std::string body = request(
      change("10", R"("contacts":[{"wa_id":"u"}],"messages":[{"id":"m\u00e91"},{"id":"m2"}])"));
  EXPECT_FALSE(split(body).malformed);
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Split result = split(std::string_view(body).substr(0, size));
    EXPECT_TRUE(result.malformed) << size;
    EXPECT_EQ(result.units.size(), 1U) << size;
  }
}

TEST(WhatsappSplit, deep_nesting_is_malformed_not_a_crash) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_TRUE(split(request(change("10", "\"x\":" + deep))).malformed);
}

}  // namespace
}  // namespace spillway::gateway
