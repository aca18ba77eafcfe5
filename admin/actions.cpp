// The trail of what operators did: written for each changing call before its answer is given, and
// shown by GET /v1/actions.
#include <fmt/format.h>

#include <limits>
#include <utility>

#include "admin/action_record.hpp"
#include "admin/actions.hpp"
#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/page.hpp"
#include "admin/shapes.hpp"
#include "core/log.hpp"

namespace spillway::admin {

using core::ErrorCode;
using core::JsonWriter;

namespace {

constexpr std::size_t kTextBytesMax = 500;

std::string cut(std::string text) {
  if (text.size() > kTextBytesMax) {
    text.resize(kTextBytesMax);
    text += "…";
  }
  return text;
}

// Empty: it was no action. What was not understood, or not taken at all, changed nothing.
std::string outcome_of(const core::Result<http::Response>& answer, const ActionNote& note) {
  if (note.nothing_asked) {
    return {};
  }
  if (!answer) {
    const ErrorCode code = answer.error().code;
    const bool asked = code != ErrorCode::invalid_argument && code != ErrorCode::unauthenticated;
    return asked ? cut("refused: " + answer.error().message) : std::string();
  }
  if (!note.refused.empty()) {
    return cut("refused: " + note.refused);
  }
  return answer->status < 400 ? "done" : "";
}

void write_action(JsonWriter& json, const ActionRecord& action) {
  json.begin_object();
  json.key("id").value(action.number);
  json.key("at").value(time_text(action.at));
  json.key("who").value(action.who);
  json.key("role").value(to_string(action.role));
  json.key("remote");
  write_text(json, action.remote);
  json.key("action").value(action.action);
  json.key("target");
  write_text(json, action.target);
  json.key("detail");
  write_text(json, action.detail);
  json.key("outcome").value(action.outcome);
  json.end_object();
}

}  // namespace

Answer put_on_record(AdminContext* context, ActionRecord action, ActionNote note,
                     core::Result<http::Response> answer) {
  action.outcome = outcome_of(answer, note);
  if (action.outcome.empty()) {
    co_return answer;
  }
  if (note.asker) {
    action.who = note.asker->name;
    action.role = note.asker->role;
  }
  action.target = cut(std::move(note.target).value_or(std::move(action.target)));
  action.detail = cut(std::move(note.detail));
  core::log(core::LogLevel::info, "operator.acted",
            {{"who", action.who},
             {"action", action.action},
             {"target", action.target},
             {"outcome", action.outcome}});
  // The journal has what was asked for, though it does not answer: the record stands behind it.
  const bool unanswered = !answer && answer.error().code == ErrorCode::timeout;
  const core::Duration limit = unanswered ? core::Duration{} : kAnswerLimit;
  const auto recorded = co_await await_result<std::uint64_t>(
      context, limit, [context, action = std::move(action)](Done<std::uint64_t> done) {
        context->commands.submit(std::make_unique<RecordAction>(context->executor, *context->trail,
                                                                action, std::move(done)));
      });
  if (!recorded && answer) {
    co_return std::unexpected(core::Error(recorded.error())
                                  .in_context("it was done, but is not in the trail of actions"));
  }
  co_return answer;
}

Answer get_actions(AdminContext* context, Call call) {
  constexpr std::size_t kNewest = std::numeric_limits<std::size_t>::max();
  const auto limit = Page::limit_of(call.query);
  const auto before = call.query.number("cursor", kNewest, kNewest);
  if (!limit || !before) {
    co_return std::unexpected(limit ? before.error() : limit.error());
  }
  auto answer = co_await read_journal(
      context,
      [limit = *limit, before = *before](const JournalView& view) -> core::Result<http::Response> {
        Page page("actions", limit);
        const auto walked =
            actions_before(view.readable(), before, [&page](const ActionRecord& action) {
              if (!page.look_at(fmt::to_string(action.number))) {
                return false;
              }
              write_action(page.entry(), action);
              return true;
            });
        if (!walked) {
          return std::unexpected(walked.error());
        }
        return page.finish();
      });
  co_return answer;
}

}  // namespace spillway::admin
