#include <fmt/format.h>

#include "config/sections.hpp"
#include "routing/route_table.hpp"

namespace spillway::config {
namespace {

routing::ConditionOptions read_condition(const Node& node) {
  routing::ConditionOptions condition;
  Section section = node.section();
  if (const auto json = section.find("json")) {
    condition.json = json->text();
  }
  if (const auto header = section.find("header")) {
    condition.header = header->text();
  }
  if (const auto equals = section.find("equals")) {
    condition.equals = equals->text();
  }
  if (const auto in = section.find("in")) {
    condition.in = in->texts();
  }
  if (const auto exists = section.find("exists")) {
    condition.exists = exists->boolean();
  }
  section.finish();
  return condition;
}

}  // namespace

void read_routes(const Node& node, Config& config) {
  for (const Node& item : node.list()) {
    Section section = item.section();
    routing::RouteOptions route;
    if (const auto name = section.require("name")) {
      route.name = name->text();
    }
    if (const auto from = section.require("from")) {
      route.from = from->text();
    }
    if (const auto when = section.find("when")) {
      for (const Node& condition : when->list()) {
        route.when.push_back(read_condition(condition));
      }
    }
    if (const auto to = section.require("to")) {
      route.to = to->texts();
    }
    if (const auto otherwise = section.find("otherwise")) {
      route.otherwise = otherwise->boolean();
    }
    section.finish();
    if (const auto compiled = routing::RouteTable::compile({&route, 1}); !compiled) {
      item.problem(compiled.error().message);
    }
    config.routes.push_back(std::move(route));
  }
}

}  // namespace spillway::config
