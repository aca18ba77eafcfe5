// The port through which an attempt leaves the process. HttpSender is the production one, the
// simulation has a network of its own. One per engine, on the engine's executor.
#pragma once

#include "core/clock.hpp"
#include "core/event.hpp"
#include "delivery/destination.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace spillway::delivery {

struct SendRequest {
  DestinationPtr destination;
  core::EventPtr event;
  std::uint32_t generation = 1;
  std::uint32_t attempt = 1;  // of this generation
  // Of a delivery with an order: its place among the events of its key.
  std::optional<journal::Sequence> sequence{};
  bool out_of_order = false;  // later ones of its key may have overtaken it
  bool test = false;          // stands in no books: an operator wants to see what comes of it
};

// Why there is no response, and whether the destination can have got the request.
struct SendFailure {
  bool nothing_sent = false;  // true: certainly not
  std::string message;
  // A limit of our own left no room for it: nothing was sent, and it does not count as an attempt.
  bool ours = false;
};

struct SendResult {
  std::uint16_t status = 0;  // 0 when no response arrived
  std::string retry_after;   // the header as sent, empty without one
  std::string excerpt;       // beginning of the response body, bounded
  core::Duration took{};
  std::optional<SendFailure> failure;  // set when no response arrived
};

class Sender {
 public:
  using Callback = std::move_only_function<void(SendResult)>;

  virtual ~Sender() = default;

  // Makes one attempt and keeps the destination's timeouts. Calls back exactly once, on the
  // engine's executor, never from within send().
  virtual void send(SendRequest request, Callback callback) = 0;

  // Ends every attempt under way: each is called back with a failure soon.
  virtual void cancel_all() = 0;
};

}  // namespace spillway::delivery
