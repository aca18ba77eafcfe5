#include "admin/openapi.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "admin/routes.hpp"
#include "routing/json_document.hpp"
#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using routing::JsonDocument;
using routing::JsonMember;
using routing::JsonValue;

class Openapi : public testing::Test {
 protected:
  // Follows a "$ref" into the document.
  [[nodiscard]] JsonValue resolve(JsonValue value) const {
    const auto reference = value.find("$ref");
    if (!reference) {
      return value;
    }
    JsonValue target = document_->root();
    std::string path = *reference->text();
    for (std::size_t at = path.find('/'); at != std::string::npos;) {
      const std::size_t next = path.find('/', at + 1);
      const auto found = target.find(path.substr(at + 1, next - at - 1));
      if (!found) {
        ADD_FAILURE() << path << " leads nowhere";
        return value;
      }
      target = *found;
      at = next;
    }
    return target;
  }

  [[nodiscard]] std::optional<JsonValue> operation(const Route& route) const {
    const auto path = document_->root().find("paths")->find(route.path);
    std::string method(route.method);
    std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::tolower(c); });
    return path ? path->find(method) : std::nullopt;
  }

  void check_references(JsonValue value) const {
    static_cast<void>(resolve(value));
    for (const JsonMember& member : value.members()) {
      check_references(member.value);
    }
    for (const JsonValue& element : value.elements()) {
      check_references(element);
    }
  }

  std::optional<JsonDocument> document_ = JsonDocument::parse(openapi_json());
};

TEST_F(Openapi, describes_every_route_and_nothing_else) {
  std::set<std::pair<std::string, std::string>> described;
  for (const JsonMember& path : document_->root().find("paths")->members()) {
    for (const JsonMember& method : path.value.members()) {
      std::string name = *method.key.text();
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
      described.emplace(name, *path.key.text());
    }
  }
  std::set<std::pair<std::string, std::string>> routed;
  for (const Route& route : routes()) {
    routed.emplace(route.method, route.path);
  }
  EXPECT_EQ(described, routed);
}

TEST_F(Openapi, describes_the_parameters_each_route_takes) {
  for (const Route& route : routes()) {
    std::set<std::string> expected(route.parameters.begin(), route.parameters.end());
    for (std::size_t at = route.path.find('{'); at != std::string_view::npos;
         at = route.path.find('{', at + 1)) {
      expected.emplace(route.path.substr(at + 1, route.path.find('}', at) - at - 1));
    }
    std::set<std::string> described;
    if (const auto parameters = operation(route)->find("parameters")) {
      for (const JsonValue& parameter : parameters->elements()) {
        described.insert(*resolve(parameter).find("name")->text());
      }
    }
    EXPECT_EQ(described, expected) << route.path;
  }
}

TEST_F(Openapi, says_what_each_route_takes) {
  for (const Route& route : routes()) {
    const auto security = operation(route)->find("security");
    const auto role = operation(route)->find("x-role");
    EXPECT_EQ(security && security->elements().empty(),
              route.access == Route::Access::everybody || route.access == Route::Access::guests)
        << route.path;
    EXPECT_EQ(role.has_value(), route.access == Route::Access::operators) << route.path;
  }
}

TEST_F(Openapi, its_references_lead_somewhere) {
  check_references(document_->root());
}

// An answer has the members its schema requires, and no other: those of a cluster are left out
// here.
TEST_F(Openapi, describes_what_is_answered) {
  testing_support::Node node;
  const auto event = node.dead("acme");
  const auto members_of = [this](std::string_view schema) {
    std::set<std::string> names;
    const auto collect = [&](auto&& self, JsonValue part) -> void {
      part = resolve(part);
      if (const auto all = part.find("allOf")) {
        for (const JsonValue& each : all->elements()) {
          self(self, each);
        }
      }
      if (const auto required = part.find("required")) {
        for (const JsonValue& name : required->elements()) {
          names.insert(*name.text());
        }
      }
    };
    collect(collect, *document_->root().find("components")->find("schemas")->find(schema));
    return names;
  };
  const auto answered = [&](const std::string& target, std::string_view first,
                            std::string_view second) {
    const auto reply = node.get(target);
    const auto document = JsonDocument::parse(reply.body());
    JsonValue value = document->root();
    for (const std::string_view name : {first, second}) {
      if (!name.empty()) {
        value = name == "0" ? *value.at(0) : *value.find(name);
      }
    }
    std::set<std::string> names;
    for (const JsonMember& member : value.members()) {
      names.insert(*member.key.text());
    }
    return names;
  };
  EXPECT_EQ(answered("/v1/summary", "", ""), members_of("Summary"));
  EXPECT_EQ(answered("/v1/session", "", ""), members_of("Session"));
  EXPECT_EQ(answered("/v1/history", "", ""), members_of("History"));
  EXPECT_EQ(answered("/v1/config", "", ""), members_of("Config"));
  EXPECT_EQ(answered("/v1/audit", "", ""), members_of("Audit"));
  EXPECT_EQ(answered("/v1/audit", "destinations", "acme"), members_of("Counts"));
  EXPECT_EQ(answered("/v1/events", "events", "0"), members_of("ListedEvent"));
  EXPECT_EQ(answered("/v1/events/" + event.id, "", ""), members_of("Event"));
  EXPECT_EQ(answered("/v1/destinations", "destinations", "0"), members_of("Destination"));
  node.attempt_memory.of("acme").add(event.event_id, core::Attempt());
  EXPECT_EQ(answered("/v1/destinations/acme/attempts", "attempts", "0"),
            members_of("RecentAttempt"));
  EXPECT_EQ(answered("/v1/dead", "deliveries", "0"), members_of("DeadLetter"));
  EXPECT_EQ(node.post("/v1/dead/replay", R"({"filter":{}})").status(), 202);
  EXPECT_EQ(answered("/v1/jobs", "jobs", "0"), members_of("Job"));
  EXPECT_EQ(answered("/v1/jobs/1", "", ""), members_of("Job"));
  EXPECT_EQ(answered("/v1/actions", "actions", "0"), members_of("Action"));
  EXPECT_EQ(answered("/v1/digest?destination=acme", "", ""), members_of("Digest"));
  EXPECT_EQ(answered("/v1/nothing", "", ""), members_of("Problem"));
  const auto posted = [](const testing_support::Reply& reply) {
    const auto document = JsonDocument::parse(reply.body());
    std::set<std::string> names;
    for (const JsonMember& member : document->root().members()) {
      names.insert(*member.key.text());
    }
    return names;
  };
  EXPECT_EQ(posted(node.post("/v1/destinations/acme/test")), members_of("Trial"));
  EXPECT_EQ(posted(node.post("/v1/reconcile", R"({"event_ids":[")" + event.id + R"("]})")),
            members_of("Reconciliation"));
}

}  // namespace
}  // namespace spillway::admin
