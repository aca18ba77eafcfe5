#include "retry/pause_history.hpp"

#include <algorithm>
#include <utility>

namespace spillway::retry {
namespace {

// Two nodes may speak of one pause: each second of it counts once.
void add(std::vector<PauseSpan>& spans, PauseSpan span) {
  if (span.to <= span.from) {
    return;
  }
  const auto first = std::ranges::lower_bound(spans, span.from, {}, &PauseSpan::to);
  auto last = first;
  for (; last != spans.end() && last->from <= span.to; ++last) {
    span.from = std::min(span.from, last->from);
    span.to = std::max(span.to, last->to);
  }
  spans.insert(spans.erase(first, last), span);
  if (spans.size() > PauseHistory::kSpansMax) {
    spans.erase(spans.begin());
  }
}

}  // namespace

void PauseHistory::began(core::Time at) {
  since_ = since_.value_or(at);
}

void PauseHistory::ended(core::Time at) {
  if (const auto since = std::exchange(since_, std::nullopt)) {
    add(spans_, {*since, at});
  }
}

void PauseHistory::learn(const std::vector<PauseSpan>& spans) {
  for (const PauseSpan& span : spans) {
    add(spans_, span);
  }
}

std::vector<PauseSpan> PauseHistory::until(core::Time now) const {
  std::vector<PauseSpan> spans = spans_;
  if (since_) {
    add(spans, {*since_, now});
  }
  return spans;
}

core::Duration PauseHistory::between(core::Time from, core::Time now) const {
  core::Duration paused{};
  for (const PauseSpan& span : until(now)) {
    // Clocks of nodes differ: what lies ahead counts when it is there.
    paused += std::max(core::Duration{}, std::min(span.to, now) - std::max(span.from, from));
  }
  return paused;
}

}  // namespace spillway::retry
