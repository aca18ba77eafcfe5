#include "admin/reconcile_merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <list>
#include <utility>

#include "core/json_text.hpp"
#include "routing/json_document.hpp"

namespace spillway::admin {

using routing::JsonDocument;
using routing::JsonValue;

namespace {

constexpr std::string_view kKnown = "known";
constexpr std::string_view kBeyond = "beyond_horizon";
constexpr std::string_view kNotAnswered = "not_answered";

bool is(const JsonValue& object, std::string_view member, std::string_view text) {
  const auto value = object.find(member);
  return value && value->text() == text;
}

void copy_members(core::JsonWriter& json, const JsonValue& object,
                  std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto value = object.find(name)) {
      json.key(name).raw(value->raw());
    }
  }
}

class Merge {
 public:
  core::Result<void> take(std::string_view node, std::string_view text) {
    auto document = JsonDocument::parse(text);
    if (document) {
      documents_.push_back(*std::move(document));  // where its values find it
      const JsonValue answer = documents_.back().root();
      if (const auto results = answer.find("results")) {
        answers_.push_back(results->elements());
        complete_ &= is(answer, "complete", "true");
        return {};
      }
    }
    return core::fail(core::ErrorCode::corrupt,
                      fmt::format("the answer of node {} is no reconciliation", node));
  }
  void lacks_an_answer() { lacks_ = true; }

  void write_results(core::JsonWriter& json) {
    std::size_t count = answers_.front().size();
    for (const std::vector<JsonValue>& results : answers_) {
      count = std::min(count, results.size());
    }
    json.key("results").begin_array();
    for (std::size_t i = 0; i < count; ++i) {
      write_result(json, i);
    }
    json.end_array();
    json.key("known").value(known_);
    json.key("unknown").value(unknown_);
    json.key("beyond_horizon").value(beyond_);
    json.key("not_answered").value(not_answered_);
    json.key("complete").value(complete_);
  }
  [[nodiscard]] JsonValue first() const { return documents_.front().root(); }

 private:
  // What one node has is known. What may have been forgotten by one is not unknown.
  void write_result(core::JsonWriter& json, std::size_t index) {
    const JsonValue& here = answers_.front()[index];
    const auto find = [&](std::string_view fate) {
      return std::ranges::find_if(answers_, [&](const std::vector<JsonValue>& results) {
        return is(results[index], "fate", fate);
      });
    };
    if (find(kKnown) != answers_.end()) {
      ++known_;
      write_result(json, here, kKnown, index);
    } else if (lacks_) {
      ++not_answered_;
      write_result(json, here, kNotAnswered, index);
    } else if (find(kBeyond) != answers_.end()) {
      ++beyond_;
      write_result(json, here, kBeyond, index);
    } else {
      ++unknown_;
      json.raw(here.raw());
    }
  }

  // Several nodes may have accepted an event under one key.
  void write_result(core::JsonWriter& json, const JsonValue& here, std::string_view fate,
                    std::size_t index) {
    json.begin_object();
    copy_members(json, here, {"idempotency_key", "event_id"});
    json.key("fate").value(fate);
    json.key("events").begin_array();
    for (const std::vector<JsonValue>& results : answers_) {
      const auto events = results[index].find("events");
      for (const JsonValue& event : events ? events->elements() : std::vector<JsonValue>{}) {
        json.raw(event.raw());
      }
    }
    json.end_array();
    json.end_object();
  }

  std::list<JsonDocument> documents_;
  std::vector<std::vector<JsonValue>> answers_;
  bool complete_ = true;
  bool lacks_ = false;
  std::uint64_t known_ = 0;
  std::uint64_t unknown_ = 0;
  std::uint64_t beyond_ = 0;
  std::uint64_t not_answered_ = 0;
};

}  // namespace

core::Result<std::string> merge_reconciliations(const NodeAnswer& here,
                                                const std::vector<NodeAnswer>& others) {
  Merge merge;
  if (auto taken = merge.take(here.node, here.json); !taken) {
    return std::unexpected(std::move(taken).error());
  }
  core::JsonWriter nodes;
  nodes.begin_array();
  for (const NodeAnswer& other : others) {
    const core::Result<void> answered = other.error.empty()
                                            ? merge.take(other.node, other.json)
                                            : core::fail(core::ErrorCode::unavailable, other.error);
    nodes.begin_object();
    nodes.key("node").value(other.node);
    nodes.key("done").value(answered.has_value());
    if (!answered) {
      merge.lacks_an_answer();
      nodes.key("error").value(answered.error().message);
    }
    nodes.end_object();
  }
  nodes.end_array();
  core::JsonWriter json;
  json.begin_object();
  copy_members(json, merge.first(), {"node", "as_of", "horizon"});
  merge.write_results(json);
  json.key("nodes").raw(nodes.text());
  json.end_object();
  return json.take();
}

}  // namespace spillway::admin
