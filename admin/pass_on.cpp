#include "admin/pass_on.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/awaiting.hpp"
#include "admin/errors.hpp"
#include "admin/nodes.hpp"
#include "core/check.hpp"
#include "core/headers.hpp"
#include "core/json_text.hpp"
#include "routing/json_document.hpp"

namespace spillway::admin {

using core::ErrorCode;

namespace {

// Less than whoever asked waits for the answer.
constexpr core::Duration kPeerLimit = std::chrono::seconds(12);
constexpr core::Duration kSilentLimit = std::chrono::seconds(3);

// Of another node's answer, besides status, content type and body.
constexpr std::string_view kTypesKept[] = {"application/json", "application/problem+json"};
constexpr std::string_view kHeadersKept[] = {"Content-Disposition", "Spillway-Content-Type"};

std::string absence(const NodeStatus& node) {
  const std::string heard =
      node.heard_ago
          ? fmt::format("was last heard of {} s ago",
                        std::chrono::floor<std::chrono::seconds>(*node.heard_ago).count())
          : std::string("is absent");
  const std::string taken =
      node.adopted_by.empty()
          ? std::string()
          : fmt::format("; what it had accepted with ack: replicated, node {} has taken over",
                        node.adopted_by);
  return heard + taken;
}

// Not empty.
std::string detail_of(const http::Response& problem) {
  const auto json = routing::JsonDocument::parse(problem.body);
  const auto detail = json ? json->root().find("detail") : std::nullopt;
  const std::string text = detail ? detail->text().value_or("") : "";
  return text.empty() ? fmt::format("status {}", problem.status) : text;
}

// Why a node cannot be asked at all; empty: it can. One that is silent is asked, too: it may be
// this one that hears nothing.
std::string unreachable(const AdminContext& context, const NodeStatus& node) {
  if (context.ask_peer && !node.admin.empty()) {
    return "";
  }
  if (node.silent) {
    return absence(node);
  }
  return context.ask_peer ? "has to be asked itself: it has no listen.admin.peers"
                          : "has to be asked itself: this one has no listen.admin.peers";
}

core::Duration limit_of(const NodeStatus& node) {
  return node.silent ? kSilentLimit : kPeerLimit;
}

// What another node answered, as far as it took the question. One that does not know this node's
// signature says nothing of whoever asked.
core::Result<http::Response> taken_by(const NodeStatus& node, core::Result<http::Response> answer) {
  if (!answer) {
    return core::fail(ErrorCode::unavailable,
                      fmt::format("node {} {}: {}", node.name,
                                  node.silent ? absence(node)
                                              : "did not answer, and may have done what was asked",
                                  answer.error().message));
  }
  if (answer->status == 401) {
    return core::fail(
        ErrorCode::unavailable,
        fmt::format("node {} refuses this node's questions: {}", node.name, detail_of(*answer)));
  }
  return answer;
}

bool is_json_object(std::string_view text) {
  const auto json = routing::JsonDocument::parse(text);
  return json && json->root().kind() == routing::JsonKind::object;
}

core::Result<http::Response> done_by(const NodeStatus& node, core::Result<http::Response> answer) {
  answer = taken_by(node, std::move(answer));
  if (answer && (answer->status < 200 || answer->status > 299)) {
    return core::fail(ErrorCode::conflict, detail_of(*answer));
  }
  if (answer && !is_json_object(answer->body)) {
    return core::fail(ErrorCode::corrupt, "what it answered is not understood");
  }
  return answer;
}

PeerQuestion question_of(const AdminContext& context, const Call& call, const NodeStatus& node) {
  return {.to = node.tag,
          .method = call.head.method == "HEAD" ? "GET" : call.head.method,
          .target = call.head.target,
          .body = call.body,
          .passed = {.node = context.node, .who = call.asker.name, .role = call.asker.role}};
}

bool was_passed_on(const Call& call) {
  return call.asker.via == Asker::Via::node;
}

// Gathers the answers of several nodes, and calls back when the last one is there.
struct Gathering {
  std::vector<PeerAnswer> answers;
  std::size_t missing = 1;  // who begins it, until all are asked
  Done<std::vector<PeerAnswer>> done;

  void one_less() {
    if (--missing == 0) {
      done(std::move(answers));
    }
  }
};

void gather(const AdminContext& context, const Call& call, const std::vector<NodeStatus>& nodes,
            Done<std::vector<PeerAnswer>> done) {
  const auto gathering = std::make_shared<Gathering>();
  gathering->done = std::move(done);
  for (const NodeStatus& node : nodes) {
    const std::string why = unreachable(context, node);
    gathering->answers.push_back({node.name, core::fail(ErrorCode::unavailable, why)});
    if (!why.empty()) {
      continue;
    }
    ++gathering->missing;
    context.ask_peer(
        node.admin, question_of(context, call, node), limit_of(node),
        [gathering, node, i = gathering->answers.size() - 1](core::Result<http::Response> answer) {
          gathering->answers[i].answer = done_by(node, std::move(answer));
          gathering->one_less();
        });
  }
  gathering->one_less();
}

void write_answer(core::JsonWriter& json, const PeerAnswer& peer) {
  json.begin_object();
  json.key("node").value(peer.node);
  json.key("done").value(peer.answer.has_value());
  if (!peer.answer) {
    json.key("error").value(peer.error());
  } else {
    json.key("answer").raw(peer.answer->body);
  }
  json.end_object();
}

}  // namespace

Answer ask_owner(AdminContext* context, const Call* call, core::EventId event, core::Error here) {
  const std::uint16_t tag = event.node_tag();
  if (here.code != ErrorCode::not_found || tag == context->writer.node_tag() ||
      was_passed_on(*call)) {
    co_return std::unexpected(std::move(here));
  }
  const auto nodes = co_await ask_nodes(context);
  if (!nodes) {
    co_return std::unexpected(nodes.error());
  }
  const auto owner = std::ranges::find(*nodes, tag, &NodeStatus::tag);
  if (owner == nodes->end()) {
    co_return std::unexpected(std::move(here));
  }
  if (const std::string why = unreachable(*context, *owner); !why.empty()) {
    const std::string text = fmt::format("the event {} was accepted by node {}, which {}",
                                         event.to_string(), owner->name, why);
    co_return owner->silent ? core::fail(ErrorCode::unavailable, text) : conflict(text);
  }
  auto answer = co_await await_result<http::Response>(
      context, kAnswerLimit,
      [context, node = *owner,
       question = question_of(*context, *call, *owner)](Done<http::Response> done) {
        context->ask_peer(node.admin, question, limit_of(node), std::move(done));
      });
  answer = taken_by(*owner, std::move(answer));
  if (answer) {
    std::erase_if(answer->headers, [](const core::Header& header) {
      return std::ranges::none_of(kHeadersKept, [&header](std::string_view kept) {
        return core::equal_ignoring_case(header.name, kept);
      });
    });
    answer->headers.push_back({"Spillway-Answered-By", owner->name});
    // Whoever answers at another address names no type that a browser would show.
    if (std::ranges::find(kTypesKept, answer->content_type) == std::end(kTypesKept)) {
      answer->content_type = "application/octet-stream";
    }
  }
  co_return answer;
}

http::Awaitable<core::Result<std::vector<PeerAnswer>>> ask_others(AdminContext* context,
                                                                  const Call* call) {
  if (was_passed_on(*call) || !context->ask_peer) {
    co_return std::vector<PeerAnswer>{};
  }
  auto nodes = co_await ask_nodes(context);
  if (!nodes) {
    co_return std::unexpected(std::move(nodes).error());
  }
  std::erase_if(*nodes, [tag = context->writer.node_tag()](const NodeStatus& node) {
    return node.tag == tag;
  });
  auto answers = co_await await_result<std::vector<PeerAnswer>>(
      context, kAnswerLimit,
      [context, call, nodes = *std::move(nodes)](Done<std::vector<PeerAnswer>> done) {
        gather(*context, *call, nodes, std::move(done));
      });
  co_return answers;
}

Answer tell_others(AdminContext* context, const Call* call, http::Response here) {
  auto answers = co_await ask_others(context, call);
  if (!answers) {
    // It is done here all the same, and whoever asked must hear of it.
    answers = std::vector<PeerAnswer>{};
    answers->push_back({"others", core::fail(ErrorCode::unavailable,
                                             "it is not known which other nodes there are")});
  }
  if (answers->empty()) {
    co_return here;
  }
  core::JsonWriter json;
  json.begin_array();
  for (const PeerAnswer& peer : *answers) {
    write_answer(json, peer);
  }
  json.end_array();
  // Behind the last member of the object that this node answered.
  CHECK(here.body.ends_with('}'));
  here.body.pop_back();
  here.body.append(",\"nodes\":").append(json.take()).append("}");
  co_return here;
}

}  // namespace spillway::admin
