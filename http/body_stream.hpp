// A body that is written while it comes, and has no length: what a handler answers with instead of
// one that is whole. Its end is the connection's. The session asks for a part when the one before
// has been written, so a slow reader makes nothing pile up but what the stream itself keeps. Its
// session's io thread.
#pragma once

#include <memory>
#include <string>

#include "http/async.hpp"

namespace spillway::http {

class BodyStream {
 public:
  using Part = std::shared_ptr<const std::string>;

  virtual ~BodyStream() = default;

  // The next part, once there is one; null: there will be none. The stream outlives the call.
  [[nodiscard]] virtual Awaitable<Part> next() = 0;

  // It is not wanted any more: a next() under way returns null soon, and those to come at once.
  virtual void stop() = 0;
};

}  // namespace spillway::http
