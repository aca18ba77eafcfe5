// POST and DELETE /v1/checkpoint: what `spillway backup` copies from.
#include <chrono>
#include <utility>

#include "admin/awaiting.hpp"
#include "admin/checkpoints.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/request_json.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using core::JsonWriter;

namespace {

// Memory is written out and logs are copied: seconds, on a disk that hangs a minute.
constexpr core::Duration kCheckpointLimit = std::chrono::minutes(5);

// Asks where a read of the whole journal does not hold up everything else, nor is held up by one.
template <class T, class Ask>
http::Awaitable<core::Result<T>> ask_checkpoints(AdminContext* context, Ask ask) {
  if (context->scanning) {
    co_return conflict("the journal is being read whole; ask again when that has ended");
  }
  context->scanning = true;
  auto answer = co_await await_result<T>(
      context, kCheckpointLimit, [context, ask = std::move(ask)](Done<T> done) {
        context->scanner.post(
            [context, ask, done = std::move(done)]() mutable { done(ask(context->checkpoints)); });
      });
  context->scanning = false;
  co_return answer;
}

}  // namespace

Answer make_checkpoint(AdminContext* context, Call call) {
  const auto replace = call.query.flag("replace");
  if (!replace) {
    co_return std::unexpected(replace.error());
  }
  if (const auto nothing = read_nothing(call.body); !nothing) {
    co_return std::unexpected(nothing.error());
  }
  const auto made = co_await ask_checkpoints<Checkpoint>(
      context,
      [replace = *replace](Checkpoints& checkpoints) { return checkpoints.make(replace); });
  if (!made) {
    co_return std::unexpected(made.error());
  }
  JsonWriter json;
  json.begin_object();
  json.key("directory").value(made->directory);
  json.key("files").value(made->files);
  json.key("bytes").value(made->bytes);
  json.end_object();
  co_return json_response(std::move(json));
}

Answer remove_checkpoint(AdminContext* context, Call call) {
  if (const auto nothing = read_nothing(call.body); !nothing) {
    co_return std::unexpected(nothing.error());
  }
  const auto removed = co_await ask_checkpoints<bool>(
      context, [](Checkpoints& checkpoints) { return checkpoints.remove(); });
  if (!removed) {
    co_return std::unexpected(removed.error());
  }
  call.note->detail = *removed ? "" : "there was none";
  JsonWriter json;
  json.begin_object();
  json.key("removed").value(*removed);
  json.end_object();
  co_return json_response(std::move(json));
}

}  // namespace spillway::admin
