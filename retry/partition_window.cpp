#include "retry/partition_window.hpp"

#include "core/check.hpp"
#include "core/encoding.hpp"
#include "journal/codec.hpp"

#include <algorithm>

namespace spillway::retry {
namespace {

// The text: this, and in base64 varints: how many runs follow, and of each how many offsets lie
// between it and the one before (the first: the offset), and how many are done.
constexpr std::string_view kVersion = "1:";
// A text that says more is not ours.
constexpr std::uint64_t kRestoredMax = 100'000;

}  // namespace

PartitionWindow::PartitionWindow(std::int64_t offset, std::string_view done_above,
                                 std::int64_t offsets_max)
    : offsets_max_(std::min(offsets_max, kOffsetsMax)),
      offset_(offset),
      next_(offset),
      understood_(restore(done_above)) {
  if (!understood_) {
    states_.clear();
  }
}

bool PartitionWindow::restore(std::string_view text) {
  if (text.empty()) {
    return true;
  }
  if (!text.starts_with(kVersion)) {
    return false;
  }
  const auto runs = core::from_base64(text.substr(kVersion.size()));
  if (!runs) {
    return false;
  }
  journal::Decoder in(*runs);
  std::uint64_t at = 0;
  for (std::uint64_t left = in.varint_up_to(kRestoredMax); left > 0 && !in.failed(); --left) {
    at += in.varint_up_to(kRestoredMax);
    const std::uint64_t end = at + in.varint_up_to(kRestoredMax);
    if (in.failed() || end > kRestoredMax) {
      return false;
    }
    for (; at < end; ++at) {
      states_.emplace(offset_ + static_cast<std::int64_t>(at), State::known);
    }
  }
  return in.finish("done offsets").has_value();
}

bool PartitionWindow::take(std::int64_t offset) {
  if (offset < next_) {
    return false;
  }
  next_ = offset + 1;
  const auto [place, is_new] = states_.try_emplace(offset, State::open);
  if (is_new) {
    ++open_;
    // Everything before it is done, if nothing else is open.
    advance();
    return true;
  }
  place->second = State::done;
  advance();
  return false;
}

void PartitionWindow::done(std::int64_t offset) {
  const auto place = states_.find(offset);
  CHECK(place != states_.end() && place->second == State::open);
  place->second = State::done;
  --open_;
  advance();
}

void PartitionWindow::advance() {
  // What is known to be done and lies below what was read is one of the gaps by now.
  while (!states_.empty() && states_.begin()->first < next_ &&
         states_.begin()->second != State::open) {
    states_.erase(states_.begin());
  }
  const bool all_done = states_.empty() || states_.begin()->first >= next_;
  offset_ = all_done ? next_ : states_.begin()->first;
}

std::string PartitionWindow::done_above() const {
  journal::Encoder runs;
  std::uint64_t count = 0;
  std::int64_t written = offset_;  // up to here
  auto place = states_.begin();
  while (place != states_.end()) {
    if (place->second == State::open) {
      ++place;
      continue;
    }
    // A run goes on through gaps, but not through what the log may still hold for us.
    const std::int64_t begin = place->first;
    std::int64_t end = begin + 1;
    for (++place; place != states_.end() && place->second != State::open; ++place) {
      if (place->second == State::known && place->first != end) {
        break;
      }
      end = place->first + 1;
    }
    runs.varint(static_cast<std::uint64_t>(begin - written))
        .varint(static_cast<std::uint64_t>(end - begin));
    written = end;
    ++count;
  }
  if (count == 0) {
    return {};
  }
  journal::Encoder out;
  out.varint(count);
  return std::string(kVersion).append(core::to_base64(out.take().append(runs.text())));
}

}  // namespace spillway::retry
