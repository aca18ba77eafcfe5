// The port through which a node writes single messages to the log: deliveries it hands over, and
// what it asks of all nodes. RecordProducer (retry_kafka) is the production one, the simulation has
// a log of its own.
#pragma once

#include "core/error.hpp"
#include "core/executor.hpp"
#include "retry/spool_message.hpp"

#include <cstddef>
#include <functional>

namespace spillway::retry {

class RecordWriter {
 public:
  using Callback = std::move_only_function<void(core::Result<void>)>;

  virtual ~RecordWriter() = default;

  // The log answers, as far as is known, and the queue has room for a message of this size that
  // the topics take. Any thread, at once.
  [[nodiscard]] virtual bool takes(std::size_t bytes) const = 0;

  // Calls back exactly once on `reply_to`, never from within the call: success when the message is
  // on all replicas that are in sync; an error when it is unknown whether it is or ever will be
  // (`unavailable`, `timeout`), or certain that it will not (`too_large`). Any thread.
  virtual void write(OutgoingMessage message, core::Executor& reply_to, Callback callback) = 0;
};

}  // namespace spillway::retry
