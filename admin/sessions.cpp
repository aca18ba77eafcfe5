#include "admin/sessions.hpp"

#include <algorithm>
#include <utility>

#include "core/crypto.hpp"

namespace spillway::admin {

namespace {

bool is_over(const Asker& asker, core::Time now) {
  return now >= *asker.expires_at;
}

}  // namespace

Asker Sessions::begin(Asker holder, std::string_view secret, core::Time now) {
  make_room(holder.name, now);
  holder.via = Asker::Via::cookie;
  holder.session = core::sha256(secret);
  holder.expires_at = now + kLifetime;
  by_digest_.insert_or_assign(holder.session, holder);
  return holder;
}

std::optional<Asker> Sessions::find(std::string_view secret, core::Time now) const {
  const auto found = by_digest_.find(core::sha256(secret));
  if (found == by_digest_.end() || is_over(found->second, now)) {
    return std::nullopt;
  }
  return found->second;
}

bool Sessions::lasts(const std::string& session, core::Time now) const {
  const auto found = by_digest_.find(session);
  return found != by_digest_.end() && !is_over(found->second, now);
}

std::size_t Sessions::keep_only(const std::function<bool(const Asker&)>& of_whom) {
  return std::erase_if(by_digest_, [&](const auto& entry) { return !of_whom(entry.second); });
}

void Sessions::make_room(std::string_view name, core::Time now) {
  std::erase_if(by_digest_, [now](const auto& entry) { return is_over(entry.second, now); });
  const auto is_theirs = [name](const auto& entry) { return entry.second.name == name; };
  const bool too_many =
      static_cast<std::size_t>(std::ranges::count_if(by_digest_, is_theirs)) >= kOfOneMax;
  if (!too_many && by_digest_.size() < kSessionsMax) {
    return;
  }
  auto first = by_digest_.end();
  for (auto entry = by_digest_.begin(); entry != by_digest_.end(); ++entry) {
    if ((!too_many || is_theirs(*entry)) &&
        (first == by_digest_.end() || entry->second.expires_at < first->second.expires_at)) {
      first = entry;
    }
  }
  by_digest_.erase(first);
}

}  // namespace spillway::admin
