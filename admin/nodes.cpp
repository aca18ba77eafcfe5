// The nodes of the cluster, the absent ones with what was last known of them, and forgetting one
// that is gone for good.
#include "admin/nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/request_json.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using core::JsonWriter;

namespace {

std::string_view state_of(const NodeStatus& node) {
  if (!node.silent) {
    return "alive";
  }
  return node.adopted_by.empty() ? "silent" : "adopted";
}

void write_node(JsonWriter& json, const NodeStatus& node, std::uint16_t own_tag) {
  json.begin_object();
  json.key("tag").value(fmt::format("{:04x}", node.tag));
  json.key("name").value(node.name);
  json.key("this_node").value(node.tag == own_tag);
  json.key("state").value(state_of(node));
  json.key("admin");
  write_text(json, node.admin);
  json.key("heard_seconds_ago");
  write_seconds(json, node.heard_ago);
  json.key("adopted_by");
  write_text(json, node.adopted_by);
  json.key("accepted").value(node.accepted);
  json.key("pending").value(node.pending);
  json.key("dead").value(node.dead);
  json.end_object();
}

}  // namespace

http::Awaitable<core::Result<std::vector<NodeStatus>>> ask_nodes(AdminContext* context) {
  if (!context->nodes) {
    co_return std::vector<NodeStatus>{};
  }
  co_return co_await await_result<std::vector<NodeStatus>>(
      context, kAnswerLimit, [context](Done<std::vector<NodeStatus>> done) {
        context->nodes([answer = std::move(done)](std::vector<NodeStatus> nodes) mutable {
          answer(std::move(nodes));
        });
      });
}

Answer get_nodes(AdminContext* context, Call) {
  const auto nodes = co_await ask_nodes(context);
  if (!nodes) {
    co_return std::unexpected(nodes.error());
  }
  JsonWriter json;
  json.begin_object();
  json.key("as_of").value(time_text(context->clock.now()));
  json.key("nodes").begin_array();
  for (const NodeStatus& node : *nodes) {
    write_node(json, node, context->writer.node_tag());
  }
  json.end_array();
  json.end_object();
  co_return json_response(std::move(json));
}

// A node that is silent and was taken over has nothing that waits for somebody to take it over.
Answer forget_node(AdminContext* context, Call call) {
  if (const auto nothing = read_nothing(call.body); !nothing) {
    co_return std::unexpected(nothing.error());
  }
  const auto nodes = co_await ask_nodes(context);
  if (!nodes) {
    co_return std::unexpected(nodes.error());
  }
  const std::string& tag = call.path_values.front();
  const auto found = std::ranges::find_if(
      *nodes, [&tag](const NodeStatus& node) { return tag == fmt::format("{:04x}", node.tag); });
  if (found == nodes->end() || !context->forget_node) {
    co_return not_found(fmt::format("no node with the tag \"{}\" was heard of", tag));
  }
  const std::string_view state = state_of(*found);
  if (state != "adopted") {
    co_return conflict(
        fmt::format("node {} is {}: only one that is silent and was taken over can "
                    "be forgotten",
                    found->name, state));
  }
  call.note->target = found->name;
  const auto forgotten = co_await await_result<bool>(
      context, kAnswerLimit, [context, number = found->tag](Done<bool> done) {
        context->forget_node(number, [answer = std::move(done)](core::Result<void> told) mutable {
          if (told) {
            answer(true);
          } else {
            answer(std::unexpected(std::move(told).error()));
          }
        });
      });
  if (!forgotten) {
    co_return std::unexpected(forgotten.error());
  }
  JsonWriter json;
  json.begin_object();
  json.key("tag").value(tag);
  json.key("name").value(found->name);
  json.key("forgotten").value(true);
  json.end_object();
  co_return json_response(std::move(json));
}

}  // namespace spillway::admin
