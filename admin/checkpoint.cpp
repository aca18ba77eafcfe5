// POST /v1/checkpoint and DELETE /v1/checkpoint/{name}: what `spillway backup` copies from.
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

// Memory is written out and logs are copied: seconds, on a disk that hangs minutes.
constexpr core::Duration kCheckpointLimit = std::chrono::minutes(5);

}  // namespace

Answer make_checkpoint(AdminContext* context, Call call) {
  const auto replace = call.query.flag("replace");
  if (!replace) {
    co_return std::unexpected(replace.error());
  }
  if (const auto nothing = read_nothing(call.body); !nothing) {
    co_return std::unexpected(nothing.error());
  }
  if (context->scanning) {
    co_return scanner_busy();
  }
  context->scanning = true;
  const auto made = co_await await_result<Checkpoint>(
      context, kCheckpointLimit, [context, replace = *replace](Done<Checkpoint> done) {
        context->scanner.post([context, replace, done = std::move(done)]() mutable {
          done(context->checkpoints.make(replace));
        });
      });
  context->scanning = false;
  if (!made) {
    co_return std::unexpected(made.error());
  }
  JsonWriter json;
  json.begin_object();
  json.key("name").value(made->name);
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
  const auto removed = co_await await_result<bool>(
      context, kCheckpointLimit,
      [context, name = std::move(call.path_values.front())](Done<bool> done) {
        context->reader.post([context, name, done = std::move(done)]() mutable {
          done(context->checkpoints.remove(name));
        });
      });
  if (!removed) {
    co_return std::unexpected(removed.error());
  }
  call.note->detail = *removed ? "" : "it did not stand";
  JsonWriter json;
  json.begin_object();
  json.key("removed").value(*removed);
  json.end_object();
  co_return json_response(std::move(json));
}

}  // namespace spillway::admin
