#include "admin/reconcile_merge.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace spillway::admin {
namespace {

// Fates by letters: k(nown), u(nknown), b(eyond the horizon).
std::string answer(const std::string& node, const std::string& fates, bool complete = true) {
  std::string results;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    const std::string_view fate = fates[i] == 'k'   ? "known"
                                  : fates[i] == 'u' ? "unknown"
                                                    : "beyond_horizon";
    results +=
        fmt::format(R"({}{{"idempotency_key":"{}","fate":"{}","events":[{}]}})", i == 0 ? "" : ",",
                    i, fate, fates[i] == 'k' ? fmt::format(R"({{"event_id":"{}"}})", node) : "");
  }
  return fmt::format(
      R"({{"node":"{}","as_of":"now","horizon":null,"results":[{}],"known":1,"complete":{}}})",
      node, results, complete);
}

NodeAnswer of(const std::string& node, const std::string& fates) {
  return {.node = node, .json = answer(node, fates)};
}

std::string merged(const std::string& here, const std::vector<NodeAnswer>& others) {
  const auto text = merge_reconciliations(of("n1", here), others);
  return text ? *text : text.error().message;
}

std::string results(const std::string& text) {
  return text.substr(text.find("\"results\""), text.find(",\"nodes\"") - text.find("\"results\""));
}

TEST(ReconcileMerge, what_any_node_has_is_known) {
  EXPECT_EQ(results(merged("uukb", {of("n2", "ukkk"), of("n3", "uuuu")})),
            R"("results":[{"idempotency_key":"0","fate":"unknown","events":[]},)"
            R"({"idempotency_key":"1","fate":"known","events":[{"event_id":"n2"}]},)"
            R"({"idempotency_key":"2","fate":"known","events":[{"event_id":"n1"},)"
            R"({"event_id":"n2"}]},)"
            R"({"idempotency_key":"3","fate":"known","events":[{"event_id":"n2"}]}],)"
            R"("known":3,"unknown":1,"beyond_horizon":0,"not_answered":0,"complete":true)");
}

TEST(ReconcileMerge, what_one_node_may_have_forgotten_is_not_unknown) {
  EXPECT_EQ(results(merged("u", {of("n2", "b")})),
            R"("results":[{"idempotency_key":"0","fate":"beyond_horizon","events":[]}],)"
            R"("known":0,"unknown":0,"beyond_horizon":1,"not_answered":0,"complete":true)");
}

TEST(ReconcileMerge, without_one_nodes_answer_nothing_is_unknown) {
  const std::string text = merged("ku", {{.node = "n2", .error = "silent"}, of("n3", "uu")});
  EXPECT_EQ(results(text),
            R"("results":[{"idempotency_key":"0","fate":"known","events":[{"event_id":"n1"}]},)"
            R"({"idempotency_key":"1","fate":"not_answered","events":[]}],)"
            R"("known":1,"unknown":0,"beyond_horizon":0,"not_answered":1,"complete":true)");
  EXPECT_TRUE(text.contains(R"("nodes":[{"node":"n2","done":false,"error":"silent"},)"
                            R"({"node":"n3","done":true}])"));
}

TEST(ReconcileMerge, has_as_many_results_as_all_have) {
  const std::string text = merged("kk", {{.node = "n2", .json = answer("n2", "u", false)}});
  EXPECT_EQ(results(text),
            R"("results":[{"idempotency_key":"0","fate":"known","events":[{"event_id":"n1"}]}],)"
            R"("known":1,"unknown":0,"beyond_horizon":0,"not_answered":0,"complete":false)");
}

TEST(ReconcileMerge, what_cannot_be_understood_is_no_answer) {
  for (const std::string_view wrong : {"[]", "<html>", ""}) {
    const std::string text = merged("u", {{.node = "n2", .json = std::string(wrong)}});
    EXPECT_TRUE(text.contains(R"("not_answered":1)")) << text;
    EXPECT_TRUE(text.contains(R"({"node":"n2","done":false,"error":"the answer of node n2)"));
  }
}

}  // namespace
}  // namespace spillway::admin
