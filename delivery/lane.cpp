#include "delivery/lane.hpp"

#include "core/check.hpp"
#include "core/planted_bug.hpp"

#include <algorithm>

namespace spillway::delivery {

using journal::OpenDelivery;
using journal::Sequence;

Lane::Lane(journal::DestinationNumber destination, const DestinationOptions& options,
           core::ByteBudget& bodies)
    : destination_(destination),
      max_in_flight_(options.max_in_flight),
      pace_(destination, options),
      bodies_(bodies) {}

void Lane::configure(const DestinationOptions& options) {
  max_in_flight_ = options.max_in_flight;
  pace_.configure(options);
}

void Lane::offer(OpenDelivery delivery, core::EventPtr event, core::Time now) {
  const Sequence sequence = delivery.ref.sequence;
  if (delivery.record.state != core::DeliveryState::pending || delivery.record.is_handed()) {
    if (core::kPlantedBug != core::PlantedBug::stale_version_kept) {
      withdraw(sequence);
    }
    return;
  }
  if (was_overtaken(delivery)) {
    return;
  }
  if (const auto known = held_.find(sequence); known != held_.end()) {
    known->second.reopened = delivery.record.due;
    return;
  }
  const bool too_old = now - delivery.record.opened >= kOfferAgeMax;
  const bool full = fresh_.size() >= max_in_flight_;
  constexpr bool forgets = core::kPlantedBug == core::PlantedBug::full_window_forgets;
  if (forgets && full) {
    return;
  }
  if (halted_ || too_old || event == nullptr || full || !pace_.takes_fresh(now, sequence)) {
    waits_in_index(delivery.record.due);
    return;
  }
  Held& held = held_[sequence];
  held.ordering_key = delivery.record.ordering_key;
  notice_slowness(now);
  Waiting waiting{std::move(delivery)};
  waiting.body_bytes = event->body.size();
  // At the front, so that whoever holds the exempt body is never behind one that waits for room.
  const bool is_next = fresh_.empty() && in_flight() < pace_.limit();
  waiting.bytes = is_next ? bodies_.reserve_sending(waiting.body_bytes)
                          : bodies_.reserve_waiting(waiting.body_bytes);
  held.bytes = waiting.bytes.bytes();
  if (!waiting.bytes && !unreserved_ && is_next) {
    unreserved_ = sequence;
  }
  if (waiting.bytes || unreserved_ == sequence) {
    waiting.event = std::move(event);
  }
  fresh_.push_back(std::move(waiting));
}

std::optional<Waiting> Lane::next(core::Time now) {
  look_again_.reset();
  notice_slowness(now);
  const bool closed = pace_.state() == Breaker::State::closed;
  if (halted_ || unsettled_ >= kUnsettledMax || (closed && in_flight() >= pace_.limit())) {
    return std::nullopt;
  }
  set_fenced_aside(now);
  set_busy_keys_aside();
  const bool owed = due_is_owed();
  if (owed && may_start(due_.begin()->second, now)) {
    return take_due(now);
  }
  if (!fresh_.empty() && may_start(fresh_.front(), now)) {
    return take_fresh();
  }
  if (!owed && due_may_go() && may_start(due_.begin()->second, now)) {
    return take_due(now);
  }
  return std::nullopt;
}

void Lane::set_fenced(bool fenced) {
  fenced_ = fenced;
  if (!fenced_ && fenced_low_) {
    waits_in_index(*std::exchange(fenced_low_, std::nullopt));
  }
}

void Lane::set_fenced_aside(core::Time now) {
  if (!fenced_) {
    return;
  }
  const auto set_aside = [this](const Waiting& waiting) {
    if (!is_fenced(waiting)) {
      return false;
    }
    release_body(waiting.delivery.ref.sequence);
    held_.erase(waiting.delivery.ref.sequence);
    waits_behind_fence(waiting.delivery.record.due);
    return true;
  };
  std::erase_if(fresh_, set_aside);
  std::erase_if(due_, [&](const auto& entry) { return set_aside(entry.second); });
  if (fenced_low_) {
    look_again_ = now + kFencedPause;
  }
}

void Lane::waits_behind_fence(core::Time due) {
  fenced_low_ = std::min(fenced_low_.value_or(due), due);
}

bool Lane::due_is_owed() const {
  if (!due_may_go()) {
    return false;
  }
  if (pace_.state() != Breaker::State::closed) {
    return true;
  }
  // With one slot they take turns.
  return pace_.limit() == 1 ? !last_was_due_ : due_in_flight_ < share();
}

bool Lane::due_may_go() const {
  if (due_.empty()) {
    return false;
  }
  const bool is_retry = due_.begin()->second.delivery.record.attempts > 0;
  return !is_retry || pace_.limit() == 1 || due_in_flight_ + share() < pace_.limit();
}

bool Lane::may_start(Waiting& waiting, core::Time now) {
  if (!has_room(waiting)) {
    const core::Time later = now + kRoomPause;
    look_again_ = std::min(later, look_again_.value_or(later));
    return false;
  }
  if (pace_.try_start(now, waiting.delivery.ref.sequence, in_flight())) {
    return true;
  }
  if (waiting.event == nullptr) {
    let_go_of_body(waiting);
  }
  if (const auto later = pace_.ask_again()) {
    look_again_ = std::min(*later, look_again_.value_or(*later));
  }
  return false;
}

void Lane::set_busy_keys_aside() {
  while (!fresh_.empty() && is_busy(fresh_.front())) {
    set_aside(std::move(fresh_.front()));
    fresh_.pop_front();
  }
  while (!due_.empty() && is_busy(due_.begin()->second)) {
    set_aside(std::move(due_.begin()->second));
    due_.erase(due_.begin());
  }
}

void Lane::set_aside(Waiting waiting) {
  // The exempt body is never behind one that waits for room.
  if (unreserved_ == waiting.delivery.ref.sequence) {
    unreserved_.reset();
    waiting.event = nullptr;
  }
  busy_keys_[waiting.delivery.record.ordering_key].push_back(std::move(waiting));
}

bool Lane::is_busy(const Waiting& waiting) {
  const std::string& key = waiting.delivery.record.ordering_key;
  return !key.empty() && busy_keys_.contains(key);
}

void Lane::free_key(const std::string& key) {
  const auto busy = busy_keys_.find(key);
  if (busy == busy_keys_.end()) {
    return;
  }
  for (Waiting& waiting : busy->second) {
    const DueOrder order{waiting.delivery.record.due, waiting.delivery.ref.sequence};
    due_.emplace(order, std::move(waiting));
  }
  busy_keys_.erase(busy);
}

bool Lane::has_room(Waiting& waiting) {
  const Sequence sequence = waiting.delivery.ref.sequence;
  if (waiting.bytes || unreserved_ == sequence) {
    return true;
  }
  waiting.bytes = bodies_.reserve_sending(waiting.body_bytes);
  held_[sequence].bytes = waiting.bytes.bytes();
  if (!waiting.bytes && !unreserved_) {
    unreserved_ = sequence;
  }
  return waiting.bytes || unreserved_ == sequence;
}

Waiting Lane::take_fresh() {
  Waiting waiting = std::move(fresh_.front());
  fresh_.pop_front();
  ++fresh_in_flight_;
  last_was_due_ = last_was_visit_ = false;
  take_off(waiting, Stage::fresh_in_flight);
  return waiting;
}

Waiting Lane::take_due(core::Time now) {
  Waiting waiting = std::move(due_.begin()->second);
  due_.erase(due_.begin());
  ++due_in_flight_;
  last_was_due_ = true;
  last_was_visit_ = false;
  held_[waiting.delivery.ref.sequence].early = waiting.delivery.record.due > now;
  take_off(waiting, Stage::due_in_flight);
  return waiting;
}

void Lane::take_off(const Waiting& waiting, Stage stage) {
  held_[waiting.delivery.ref.sequence].stage = stage;
  if (const std::string& key = waiting.delivery.record.ordering_key; !key.empty()) {
    busy_keys_.try_emplace(key);
  }
}

void Lane::notice_slowness(core::Time now) {
  if (in_flight() == 0) {
    heard_ = now;
  }
  const bool quick = pace_.is_quick() && now - heard_ <= ConcurrencyLimit::kQuick;
  if (bodies_.is_quick() && !quick) {
    let_go_of_bodies();
  }
  bodies_.set_quick(quick);
}

void Lane::let_go_of_bodies() {
  const auto let_go = [this](Waiting& waiting) {
    if (waiting.bytes) {
      let_go_of_body(waiting);
    }
  };
  std::ranges::for_each(fresh_, let_go);
  for (auto& [order, waiting] : due_) {
    let_go(waiting);
  }
  for (auto& [key, behind] : busy_keys_) {
    std::ranges::for_each(behind, let_go);
  }
}

void Lane::let_go_of_body(Waiting& waiting) {
  waiting.event = nullptr;
  waiting.bytes = {};
  release_body(waiting.delivery.ref.sequence);
}

void Lane::release_body(Sequence sequence) {
  if (unreserved_ == sequence) {
    unreserved_.reset();
  }
  bodies_.released(std::exchange(held_.at(sequence).bytes, 0));
}

Pace::Change Lane::attempted(Sequence sequence, const Health& health, core::Time began,
                             core::Time now) {
  const auto held = held_.find(sequence);
  CHECK(held != held_.end());
  const std::size_t were_in_flight = in_flight();
  if (held->second.stage == Stage::fresh_in_flight) {
    --fresh_in_flight_;
  } else {
    CHECK(held->second.stage == Stage::due_in_flight);
    --due_in_flight_;
  }
  release_body(sequence);
  held->second.stage = Stage::unsettled;
  ++unsettled_;
  free_key(held->second.ordering_key);
  const Pace::Change change =
      pace_.ended({sequence, began, held->second.early, were_in_flight}, health, now);
  heard_ = now;
  changed(change, now);
  return change;
}

bool Lane::take_visit(core::Time now, Sequence number) {
  visit_again_.reset();
  if (halted_ || !may_visit()) {
    return false;
  }
  if (pace_.try_start(now, number, in_flight())) {
    ++visits_in_flight_;
    last_was_visit_ = true;
    return true;
  }
  visit_again_ = pace_.ask_again();
  return false;
}

bool Lane::may_visit() const {
  const bool others_wait = !fresh_.empty() || !due_.empty();
  if (pace_.state() != Breaker::State::closed) {
    return !others_wait && !refill_ && !low_;
  }
  if (others_wait) {
    return !last_was_visit_ && visits_in_flight_ < share();
  }
  return pace_.limit() == 1 || visits_in_flight_ + share() < pace_.limit();
}

Pace::Change Lane::visited(Sequence number, const Health& health, core::Time began,
                           core::Time now) {
  CHECK(visits_in_flight_ > 0);
  const std::size_t were_in_flight = in_flight();
  --visits_in_flight_;
  const Pace::Change change = pace_.ended({number, began, false, were_in_flight}, health, now);
  heard_ = now;
  changed(change, now);
  return change;
}

void Lane::changed(Pace::Change change, core::Time now) {
  if (change == Pace::Change::opened) {
    let_go();
    catch_up_.reset();
    recovered_.reset();
  } else if (change == Pace::Change::recovered && (low_ || refill_ || !due_.empty())) {
    recovered_ = now;
    if (core::kPlantedBug != core::PlantedBug::catch_up_forgotten) {
      catch_up_ = CatchUp{now, now};
    }
    pace_.begin_ramp(now);
  }
}

void Lane::settled(Sequence sequence, std::optional<core::Time> due) {
  const auto held = held_.find(sequence);
  CHECK(held != held_.end() && held->second.stage == Stage::unsettled);
  if (held->second.reopened) {
    waits_in_index(*held->second.reopened);
  }
  held_.erase(held);
  --unsettled_;
  if (refill_ && released_.size() <= kReleasedMax) {
    released_.insert(sequence);
  }
  if (due) {
    waits_in_index(*due);
  }
}

bool Lane::has_space() const {
  if (halted_ || refill_ || !low_) {
    return false;
  }
  switch (pace_.state()) {
    case Breaker::State::closed:
      return due_.size() <= window() / 2;
    case Breaker::State::open:
      return due_.empty() && fresh_.empty();
    case Breaker::State::half_open:
      break;
  }
  return false;
}

std::optional<Lane::Refill> Lane::next_refill(core::Time now) const {
  if (!has_space()) {
    return std::nullopt;
  }
  Refill next{RefillKind::due, *low_, std::max(*low_, not_before_)};
  if (pace_.state() == Breaker::State::open) {
    next.kind = RefillKind::probe;
    next.at = std::max(pace_.probe_at(), not_before_);
  } else if (*low_ > now && catch_up_) {
    next.kind = RefillKind::catch_up;
    next.from = std::max(*low_, catch_up_->from);
    next.at = std::max(now, not_before_);
  } else if (*low_ > now && pace_.unknown() && held_.empty()) {
    next.kind = RefillKind::probe;
    next.at = std::max(now, not_before_);
  }
  return next;
}

std::optional<FetchRequest> Lane::refill(core::Time now) {
  const auto next = next_refill(now);
  if (!next || next->at > now) {
    return std::nullopt;
  }
  FetchRequest request;
  request.destination = destination_;
  request.from = next->from;
  request.until = next->kind == RefillKind::due ? now : core::Time::max();
  request.limit = next->kind == RefillKind::probe ? 1 : window() - due_.size();
  if (next->kind == RefillKind::catch_up) {
    request.updated_before = catch_up_->since;
  } else {
    low_.reset();
  }
  request.held.reserve(held_.size());
  for (const auto& [sequence, held] : held_) {
    request.held.push_back(sequence);
  }
  std::ranges::sort(request.held);
  request.bodies = bodies_;
  request.fenced = fenced_;
  refill_ = next;
  return request;
}

void Lane::refilled(Fetched fetched, core::Time now) {
  CHECK(refill_);
  const Refill done = *std::exchange(refill_, std::nullopt);
  const auto released = std::exchange(released_, {});
  const bool unwanted = done.kind != RefillKind::probe && pace_.state() != Breaker::State::closed;
  if (halted_ || unwanted || released.size() > kReleasedMax) {
    waits_in_index(done.from);
    return;
  }
  forget_overtaken(now);
  if (fetched.fenced_due) {
    waits_behind_fence(*fetched.fenced_due);
    set_fenced(fenced_);  // it may be gone since
  }
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
    Held& held = held_[sequence];
    held.ordering_key = delivery.record.ordering_key;
    held.bytes = waiting.bytes.bytes();
    bodies_.add(held.bytes);
    due_.emplace(DueOrder{delivery.record.due, sequence}, std::move(waiting));
  }
  if (fetched.not_yet && fetched.waiting.empty()) {
    not_before_ = std::max(not_before_, now + kNotYetPause);
  }
  if (done.kind == RefillKind::catch_up) {
    go_on_catching_up(fetched.next_due);
  } else if (fetched.next_due) {
    waits_in_index(*fetched.next_due);
  }
}

void Lane::go_on_catching_up(std::optional<core::Time> next) {
  if (!next) {
    catch_up_.reset();
  } else if (catch_up_) {
    catch_up_->from = *next;
  }
}

void Lane::refill_failed(core::Time now) {
  CHECK(refill_);
  waits_in_index(std::exchange(refill_, std::nullopt)->from);
  released_.clear();
  not_before_ = now + kRefillPause;
}

std::optional<core::Time> Lane::wake(core::Time now) const {
  const auto next = next_refill(now);
  if (!next) {
    return look_again_;
  }
  return std::min(next->at, look_again_.value_or(next->at));
}

std::optional<core::Duration> Lane::converged(core::Time now) {
  const bool catches_up = catch_up_ && low_;
  const bool waits = catches_up || refill_ || !due_.empty() || due_in_flight_ > 0;
  if (!recovered_ || waits || (low_ && *low_ <= now)) {
    return std::nullopt;
  }
  catch_up_.reset();
  return now - *std::exchange(recovered_, std::nullopt);
}

void Lane::halt() {
  halted_ = true;
  look_again_.reset();
  let_go();
}

void Lane::let_go() {
  for (const Waiting& waiting : fresh_) {
    let_go(waiting);
  }
  fresh_.clear();
  for (const auto& [order, waiting] : due_) {
    let_go(waiting);
  }
  due_.clear();
  for (auto& [key, behind] : busy_keys_) {
    for (const Waiting& waiting : behind) {
      let_go(waiting);
    }
    behind.clear();
  }
}

void Lane::let_go(const Waiting& waiting) {
  const Sequence sequence = waiting.delivery.ref.sequence;
  const core::Time due = waiting.delivery.record.due;
  release_body(sequence);
  held_.erase(sequence);
  waits_in_index(due);
  if (catch_up_) {
    catch_up_->from = std::min(catch_up_->from, due);
  }
}

void Lane::parked(Sequence sequence, core::Time due) {
  withdraw(sequence);
  waits_in_index(due);
  if (catch_up_) {
    catch_up_->from = std::min(catch_up_->from, due);
  }
}

void Lane::withdraw(Sequence sequence) {
  if (refill_ && released_.size() <= kReleasedMax) {
    released_.insert(sequence);  // it may just be reading it
  }
  const auto held = held_.find(sequence);
  if (held == held_.end() || held->second.stage != Stage::waiting) {
    return;
  }
  const auto is_it = [sequence](const Waiting& waiting) {
    return waiting.delivery.ref.sequence == sequence;
  };
  std::erase_if(fresh_, is_it);
  std::erase_if(due_, [&](const auto& entry) { return is_it(entry.second); });
  if (const auto busy = busy_keys_.find(held->second.ordering_key); busy != busy_keys_.end()) {
    std::erase_if(busy->second, is_it);
  }
  release_body(sequence);
  held_.erase(held);
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
