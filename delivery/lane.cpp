#include "delivery/lane.hpp"

#include "core/check.hpp"

#include <algorithm>

namespace spillway::delivery {

using journal::OpenDelivery;
using journal::Sequence;

Lane::Lane(journal::DestinationNumber destination, std::size_t max_in_flight,
           core::ByteBudget& bodies)
    : destination_(destination), max_in_flight_(max_in_flight), bodies_(&bodies) {
  CHECK(max_in_flight_ > 0);
}

void Lane::set_max_in_flight(std::size_t limit) {
  CHECK(limit > 0);
  max_in_flight_ = limit;
}

void Lane::offer(OpenDelivery delivery, core::EventPtr event, core::Time now) {
  if (was_overtaken(delivery)) {
    return;
  }
  const Sequence sequence = delivery.ref.sequence;
  if (const auto held = held_.find(sequence); held != held_.end()) {
    held->second.reopened = delivery.record.due;
    return;
  }
  const bool too_old = now - delivery.record.opened >= kOfferAgeMax;
  if (halted_ || too_old || event == nullptr || fresh_.size() >= max_in_flight_) {
    waits_in_index(delivery.record.due);
    return;
  }
  held_.emplace(sequence, Held{});
  Waiting waiting{std::move(delivery)};
  waiting.body_bytes = event->body.size();
  waiting.bytes = bodies_->reserve(waiting.body_bytes);
  // At the front, so that whoever holds the exempt body is never behind one that waits for room.
  const bool is_next = fresh_.empty() && in_flight() < max_in_flight_;
  if (!waiting.bytes && !unreserved_ && is_next) {
    unreserved_ = sequence;
  }
  if (waiting.bytes || unreserved_ == sequence) {
    waiting.event = std::move(event);
  }
  fresh_.push_back(std::move(waiting));
}

std::optional<Waiting> Lane::next(core::Time now) {
  look_for_room_.reset();
  if (halted_ || in_flight() >= max_in_flight_ || unsettled_ >= kUnsettledMax) {
    return std::nullopt;
  }
  const bool owed = !due_.empty() && due_in_flight_ < due_share();
  if (!owed && !fresh_.empty() && has_room(fresh_.front())) {
    return take_fresh();
  }
  if (!due_.empty() && has_room(due_.begin()->second)) {
    return take_due();
  }
  if (owed && !fresh_.empty() && has_room(fresh_.front())) {
    return take_fresh();
  }
  if (!fresh_.empty() || !due_.empty()) {
    look_for_room_ = now + kRoomPause;
  }
  return std::nullopt;
}

bool Lane::has_room(Waiting& waiting) {
  const Sequence sequence = waiting.delivery.ref.sequence;
  if (waiting.bytes || unreserved_ == sequence) {
    return true;
  }
  waiting.bytes = bodies_->reserve(waiting.body_bytes);
  if (!waiting.bytes && !unreserved_) {
    unreserved_ = sequence;
  }
  return waiting.bytes || unreserved_ == sequence;
}

Waiting Lane::take_fresh() {
  Waiting waiting = std::move(fresh_.front());
  fresh_.pop_front();
  ++fresh_in_flight_;
  held_[waiting.delivery.ref.sequence].stage = Stage::fresh_in_flight;
  return waiting;
}

Waiting Lane::take_due() {
  Waiting waiting = std::move(due_.begin()->second);
  due_.erase(due_.begin());
  ++due_in_flight_;
  held_[waiting.delivery.ref.sequence].stage = Stage::due_in_flight;
  return waiting;
}

void Lane::let_go_of_body(Sequence sequence) {
  if (unreserved_ == sequence) {
    unreserved_.reset();
  }
}

void Lane::attempted(Sequence sequence) {
  const auto held = held_.find(sequence);
  CHECK(held != held_.end());
  if (held->second.stage == Stage::fresh_in_flight) {
    --fresh_in_flight_;
  } else {
    CHECK(held->second.stage == Stage::due_in_flight);
    --due_in_flight_;
  }
  let_go_of_body(sequence);
  held->second.stage = Stage::unsettled;
  ++unsettled_;
}

void Lane::settled(Sequence sequence, std::optional<core::Time> due) {
  const auto held = held_.find(sequence);
  CHECK(held != held_.end() && held->second.stage == Stage::unsettled);
  if (held->second.reopened) {
    waits_in_index(*held->second.reopened);
  }
  held_.erase(held);
  --unsettled_;
  if (fetching_from_ && released_.size() <= kReleasedMax) {
    released_.insert(sequence);
  }
  if (due) {
    waits_in_index(*due);
  }
}

bool Lane::wants_refill() const {
  return !halted_ && !fetching_from_ && low_ && due_.size() <= window() / 2;
}

std::optional<FetchRequest> Lane::refill(core::Time now) {
  if (!wants_refill() || *low_ > now || not_before_ > now) {
    return std::nullopt;
  }
  FetchRequest request;
  request.destination = destination_;
  request.from = *low_;
  request.until = now;
  request.limit = window() - due_.size();
  request.held.reserve(held_.size());
  for (const auto& [sequence, held] : held_) {
    request.held.push_back(sequence);
  }
  std::ranges::sort(request.held);
  fetching_from_ = low_;
  low_.reset();
  return request;
}

void Lane::refilled(Fetched fetched, core::Time now) {
  CHECK(fetching_from_);
  const core::Time from = *std::exchange(fetching_from_, std::nullopt);
  const auto released = std::exchange(released_, {});
  if (halted_ || released.size() > kReleasedMax) {
    waits_in_index(from);
    return;
  }
  forget_overtaken(now);
  for (Waiting& waiting : fetched.waiting) {
    const OpenDelivery& delivery = waiting.delivery;
    const Sequence sequence = delivery.ref.sequence;
    if (released.contains(sequence) || held_.contains(sequence)) {
      continue;  // told again when it is settled, or has been since
    }
    if (!overtake(delivery, now)) {
      waits_in_index(delivery.record.due);
      not_before_ = overtaken_order_.front().first + kOfferAgeMax;
      continue;
    }
    held_.emplace(sequence, Held{});
    due_.emplace(DueOrder{delivery.record.due, sequence}, std::move(waiting));
  }
  if (fetched.next_due) {
    waits_in_index(*fetched.next_due);
    if (fetched.waiting.empty() && *fetched.next_due <= now) {
      not_before_ = std::max(not_before_, now + kNotYetPause);
    }
  }
}

void Lane::refill_failed(core::Time now) {
  CHECK(fetching_from_);
  waits_in_index(*std::exchange(fetching_from_, std::nullopt));
  released_.clear();
  not_before_ = now + kRefillPause;
}

std::optional<core::Time> Lane::wake() const {
  if (!wants_refill()) {
    return look_for_room_;
  }
  const core::Time refill = std::max(*low_, not_before_);
  return std::min(refill, look_for_room_.value_or(refill));
}

void Lane::halt() {
  halted_ = true;
  look_for_room_.reset();
  for (const Waiting& waiting : fresh_) {
    let_go_of_body(waiting.delivery.ref.sequence);
    held_.erase(waiting.delivery.ref.sequence);
    waits_in_index(waiting.delivery.record.due);
  }
  fresh_.clear();
  for (const auto& [order, waiting] : due_) {
    held_.erase(order.second);
    waits_in_index(order.first);
  }
  due_.clear();
}

void Lane::waits_in_index(core::Time due) {
  low_ = low_ ? std::min(*low_, due) : due;
}

bool Lane::overtake(const OpenDelivery& delivery, core::Time now) {
  const journal::DeliveryRecord& record = delivery.record;
  if (now - record.opened >= kOfferAgeMax) {
    return true;
  }
  if (overtaken_order_.size() >= kOvertakenMax) {
    return false;
  }
  overtaken_[delivery.ref.sequence] = record.generation;
  overtaken_order_.emplace_back(record.opened, delivery.ref.sequence);
  return true;
}

void Lane::forget_overtaken(core::Time now) {
  while (!overtaken_order_.empty() && now - overtaken_order_.front().first >= kOfferAgeMax) {
    overtaken_.erase(overtaken_order_.front().second);
    overtaken_order_.pop_front();
  }
}

bool Lane::was_overtaken(const OpenDelivery& delivery) const {
  const auto overtaken = overtaken_.find(delivery.ref.sequence);
  return overtaken != overtaken_.end() && delivery.record.generation <= overtaken->second;
}

}  // namespace spillway::delivery
