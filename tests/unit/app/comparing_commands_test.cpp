// The commands by which others compare their lists with a node's, against canned answers.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>

#include "app/admin_commands.hpp"
#include "canned_admin.hpp"

namespace spillway::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ComparingCommandsTest : public testing::Test {
 protected:
  testing_support::CannedAdmin node;
  std::unique_ptr<AdminClient> admin =
      AdminClient::open({.url = node.url(), .token = "", .ca_file = ""}).value();
};

TEST_F(ComparingCommandsTest, a_test_that_arrives_is_told_with_where_it_went) {
  node.put("POST /v1/destinations/acme/test",
           R"({"destination":"acme","event_id":"e","delivered":true,"status":204,"failure":null,)"
           R"("message":null,"took_seconds":0.012,"address":"192.0.2.1:443",)"
           R"("response_excerpt":"\u001b[2Jthanks"})");
  const auto tested = test_destination(*admin, "acme", OutputForm::table).value();
  EXPECT_EQ(tested.text, "acme: status 204 after 12.0 ms, at 192.0.2.1:443\n?[2Jthanks\n");
  EXPECT_EQ(tested.code, kOk);
}

TEST_F(ComparingCommandsTest, a_test_that_does_not_arrive_is_a_problem) {
  node.put("POST /v1/destinations/acme/test",
           R"({"delivered":false,"status":null,"failure":"dns","message":"no such host",)"
           R"("took_seconds":0.5,"address":null,"response_excerpt":null})");
  const auto tested = test_destination(*admin, "acme", OutputForm::table).value();
  EXPECT_EQ(tested.text, "acme: dns, no such host after 500.0 ms\n");
  EXPECT_EQ(tested.code, kProblem);
  node.put("POST /v1/destinations/acme/test",
           R"({"delivered":false,"status":500,"failure":null,"took_seconds":0.5})");
  EXPECT_EQ(test_destination(*admin, "acme", OutputForm::json)->code, kProblem);
}

constexpr std::string_view kAnswer =
    R"({"node":"n1","as_of":"t","horizon":"h","results":[%],"known":1,"unknown":0,)"
    R"("beyond_horizon":0,"complete":true})";

std::string answer(std::string_view results) {
  std::string text(kAnswer);
  return text.replace(text.find('%'), 1, results);
}

TEST_F(ComparingCommandsTest, reconciling_shows_what_is_unknown_or_not_delivered) {
  node.put("POST /v1/reconcile",
           R"({"node":"n1","as_of":"t","horizon":null,"results":[)"
           R"({"idempotency_key":"a","fate":"known","events":[{"event_id":"e1","deliveries":)"
           R"([{"destination":"acme","state":"delivered"}]}]},)"
           R"({"idempotency_key":"b","fate":"known","events":[{"event_id":"e2","deliveries":)"
           R"([{"destination":"acme","state":"dead"}]}]},)"
           R"({"idempotency_key":"c","fate":"unknown","events":[]}],)"
           R"("known":2,"unknown":1,"beyond_horizon":0,"complete":true})");
  std::istringstream list("a\r\n\nb\t2026-03-01T12:00:00Z\nc");
  const auto reconciled = reconcile(*admin, "shop", list, OutputForm::table).value();
  EXPECT_EQ(reconciled.code, kProblem);
  EXPECT_THAT(reconciled.text, HasSubstr("e2     acme:dead"));
  EXPECT_THAT(reconciled.text, HasSubstr("unknown  c"));
  EXPECT_THAT(reconciled.text, Not(HasSubstr("e1")));
  EXPECT_THAT(reconciled.text,
              HasSubstr("2 known, 1 unknown, 0 beyond the horizon; asked of n1 as of t\n"));
  EXPECT_THAT(node.requests(),
              ElementsAre(R"(POST /v1/reconcile {"source":"shop","idempotency_keys":["a",)"
                          R"({"key":"b","sent":"2026-03-01T12:00:00Z"},"c"]})"));
}

TEST_F(ComparingCommandsTest, reconciling_asks_again_for_what_was_left_out) {
  node.put("POST /v1/reconcile", answer(R"({"event_id":"a","fate":"known","events":[]})"));
  std::istringstream list("a\nb\n");
  const auto reconciled = reconcile(*admin, "", list, OutputForm::json).value();
  EXPECT_EQ(reconciled.code, kOk);
  EXPECT_THAT(node.requests(), ElementsAre(R"(POST /v1/reconcile {"event_ids":["a","b"]})",
                                           R"(POST /v1/reconcile {"event_ids":["b"]})"));
}

TEST_F(ComparingCommandsTest, reconciling_takes_a_long_list_in_pages) {
  std::string lines;
  std::string results;
  for (int i = 0; i < 10'000; ++i) {
    lines += fmt::format("{}\n", i);
    results +=
        fmt::format(R"({}{{"event_id":"{}","fate":"known","events":[]}})", i == 0 ? "" : ",", i);
  }
  node.put("POST /v1/reconcile", answer(results));
  std::istringstream list(lines);
  EXPECT_TRUE(reconcile(*admin, "", list, OutputForm::json));
  EXPECT_EQ(node.requests().size(), 1U);
  // One more is a page of its own, of which the canned answer has too much.
  std::istringstream longer(lines + "x\n");
  EXPECT_FALSE(reconcile(*admin, "", longer, OutputForm::json));
  EXPECT_EQ(node.requests().back(), R"(POST /v1/reconcile {"event_ids":["x"]})");
}

TEST_F(ComparingCommandsTest, reconciling_nothing_is_a_mistake) {
  std::istringstream list("\n\n");
  EXPECT_FALSE(reconcile(*admin, "shop", list, OutputForm::table));
}

TEST_F(ComparingCommandsTest, a_digest_adds_up_the_parts_of_a_bucket) {
  node.put("GET /v1/destinations", R"({"destinations":[{"name":"acme"}]})");
  node.put("GET /v1/digest?destination=acme&bucket=day",
           R"({"buckets":[{"from":"d1","count":2,"hash":"ffffffffffffffffffffffffffffffff"}],)"
           R"("next_cursor":"7"})");
  node.put("GET /v1/digest?destination=acme&bucket=day&cursor=7",
           R"({"buckets":[{"from":"d1","count":1,"hash":"00000000000000000000000000000003"},)"
           R"({"from":"d2","count":1,"hash":"0000000000000000000000000000000a"}],)"
           R"("next_cursor":null})");
  const auto shown = show_digest(*admin, {.bucket = "day"}, OutputForm::table).value();
  EXPECT_THAT(shown.text, HasSubstr("acme         d1         3  00000000000000000000000000000002"));
  EXPECT_THAT(shown.text, HasSubstr("acme         d2         1  0000000000000000000000000000000a"));
}

TEST_F(ComparingCommandsTest, a_digest_that_is_no_hash_is_told) {
  node.put("GET /v1/digest?destination=acme",
           R"({"buckets":[{"from":"d1","count":2,"hash":"?"}],"next_cursor":null})");
  EXPECT_FALSE(show_digest(*admin, {.destination = "acme"}, OutputForm::table));
}

TEST_F(ComparingCommandsTest, the_events_of_a_digest_are_listed) {
  node.put("GET /v1/digest/events?destination=acme&from=f&to=t",
           R"({"events":[{"event_id":"e1","source":"s","received":"r","body_bytes":7}],)"
           R"("next_cursor":null})");
  const auto listed =
      list_digest_events(*admin, {.destination = "acme", .from = "f", .to = "t", .bucket = "day"},
                         OutputForm::table)
          .value();
  EXPECT_THAT(listed.text, HasSubstr("e1"));
}

}  // namespace
}  // namespace spillway::app
