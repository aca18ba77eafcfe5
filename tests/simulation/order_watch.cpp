#include "tests/simulation/order_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spillway::simulation {

void OrderWatch::violate(std::string_view what, const delivery::SendRequest& request) {
  world_->violate(fmt::format("I7: {}: attempt {} (generation {}) of event {} for destination {}",
                              what, request.attempt, request.generation,
                              request.event->id.to_string(), request.destination->number));
}

OrderWatch::Key* OrderWatch::find(const delivery::SendRequest& request) {
  const SentEvent& sent = world_->sent().find(request.event->body)->second;
  const bool in_order = request.destination->options.ordering.order != core::Order::none;
  const bool has_place = in_order && !sent.targets.empty() && sent.ordering_key != 0;
  // By an operator, who knows no order.
  const bool rerouted = world_->was_maybe_rerouted(request.event->id);
  if (rerouted ? request.sequence && !has_place : has_place != request.sequence.has_value()) {
    violate("with the wrong place in an order", request);
  }
  return request.sequence ? &keys_[{request.destination->number, sent.ordering_key}] : nullptr;
}

OrderWatch::Version OrderWatch::version_of(const delivery::SendRequest& request) const {
  return {world_->sent().find(request.event->body)->second.version, *request.sequence};
}

void OrderWatch::started(const delivery::SendRequest& request) {
  Key* const key = find(request);
  if (key == nullptr) {
    return;
  }
  if (std::exchange(key->under_way, true)) {
    violate("two of an ordering key at once", request);
  }
  if (request.destination->options.ordering.order == core::Order::per_key) {
    check_per_key(*key, request);
  } else {
    check_latest(*key, request);
  }
}

void OrderWatch::check_per_key(Key& key, const delivery::SendRequest& request) {
  // A replay joins the end of its key, wherever that is. So does what had no route when it came.
  const bool is_late = world_->may_lack(request.destination->number, *request.sequence);
  if (request.generation > 1 || request.out_of_order || is_late) {
    return;
  }
  if (*request.sequence < key.begun) {
    violate("after a later event of its ordering key", request);
  }
  if (key.begun != 0 && *request.sequence > key.begun) {
    environment_->coverage.hit(Mark::unblocked);
  }
  key.begun = *request.sequence;
}

void OrderWatch::check_latest(const Key& key, const delivery::SendRequest& request) {
  const Version version = version_of(request);
  if (version.first != 0 && version < key.delivered && !request.out_of_order) {
    violate("after a newer version was delivered", request);
  }
}

void OrderWatch::ended(const delivery::SendRequest& request, bool delivered) {
  Key* const key = find(request);
  if (key == nullptr) {
    return;
  }
  key->under_way = false;
  const Version version = version_of(request);
  if (delivered && version.first != 0) {
    key->delivered = std::max(key->delivered, version);
  }
}

void OrderWatch::crashed() {
  for (auto& [name, key] : keys_) {
    key.under_way = false;
    key.begun = 0;
  }
}

}  // namespace spillway::simulation
