// JSON, pointers and routes over arbitrary bytes: no crash, and the JSON index accepts what
// simdjson accepts, except numbers and surrogates that simdjson cannot hold.
#include <simdjson.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/check.hpp"
#include "routing/route_table.hpp"

namespace {

using namespace spillway::routing;

RouteTable make_table() {
  const ConditionOptions phone{.json = "/entry/0/changes/0/value/metadata/phone_number_id",
                               .header = {},
                               .equals = "1",
                               .in = {},
                               .exists = {}};
  const ConditionOptions absent{
      .json = "/a~1b/~0", .header = {}, .equals = {}, .in = {}, .exists = false};
  const std::vector<RouteOptions> routes = {{"phone", "in", {phone}, {"a"}},
                                            {"absent", "in", {absent}, {"b"}},
                                            {"rest", "in", {}, {"c"}, true}};
  return RouteTable::compile(routes).value();
}

void check_slices(JsonValue value) {
  CHECK(JsonDocument::parse(value.raw()).has_value());
  for (const JsonValue element : value.elements()) {
    CHECK(!element.raw().empty());
  }
  for (const JsonMember& member : value.members()) {
    CHECK(value.find(*member.key.text()).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const RouteTable kTable = make_table();
  static simdjson::dom::parser parser;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  JsonBody body(text);
  const auto root = body.root();
  const auto verdict = parser.parse(text.data(), text.size()).error();
  const bool unsure = verdict == simdjson::NUMBER_ERROR || verdict == simdjson::STRING_ERROR ||
                      verdict == simdjson::DEPTH_ERROR;
  const bool deep = verdict == simdjson::SUCCESS && !root;  // simdjson goes down 1,024 levels
  CHECK(unsure || deep || root.has_value() == (verdict == simdjson::SUCCESS));
  if (root) {
    check_slices(*root);
  }
  const RouteMatch match = kTable.match("in", {}, body);
  CHECK(!match.destinations.empty() && match.destinations.size() <= 2);
  if (const auto pointer = JsonPointer::parse(text); pointer && root) {
    (void)pointer->resolve(*root);
  }
  return 0;
}
