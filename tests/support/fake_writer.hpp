// A RecordWriter for unit tests: keeps what is written, and answers as told or not at all.
#pragma once

#include "retry/record_writer.hpp"

#include <utility>
#include <vector>

namespace spillway::retry {

class FakeWriter final : public RecordWriter {
 public:
  [[nodiscard]] bool takes(std::size_t) const override { return takes_any; }
  void write(OutgoingMessage message, core::Executor& reply_to, Callback callback) override {
    written.push_back(std::move(message));
    if (hangs) {
      waiting.push_back(std::move(callback));
      return;
    }
    const bool failing = fails || failures > 0;
    failures -= failures > 0 ? 1 : 0;
    reply_to.post([answer = std::move(callback), failing]() mutable {
      answer(failing ? core::fail(core::ErrorCode::timeout, "ordered to fail")
                     : core::Result<void>{});
    });
  }

  bool takes_any = true;
  bool hangs = false;
  bool fails = false;
  std::size_t failures = 0;  // so many of the next
  std::vector<OutgoingMessage> written;
  std::vector<Callback> waiting;
};

}  // namespace spillway::retry
