// The sessions of people at the dashboard: who began one, with which role, and until when it lasts.
// In memory only, so a restart ends them all; bounded, and the one that ends first makes room.
// Pure; owned by the admin context; admin thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "admin/asker.hpp"
#include "core/clock.hpp"

namespace spillway::admin {

class Sessions {
 public:
  static constexpr core::Duration kLifetime = std::chrono::hours(12);
  static constexpr std::size_t kSessionsMax = 1000;
  // Of one token, so that whoever holds it throws nobody else out.
  static constexpr std::size_t kOfOneMax = 20;

  // Returns who asks with its secret from now on. The secret is random and goes to its holder only:
  // no more than its digest is kept.
  Asker begin(Asker holder, std::string_view secret, core::Time now);

  // Who asks with this secret; empty: nobody, or not any more.
  [[nodiscard]] std::optional<Asker> find(std::string_view secret, core::Time now) const;

  // Whether the session that an asker came with still lasts.
  [[nodiscard]] bool lasts(const std::string& session, core::Time now) const;

  void end(const std::string& session) { by_digest_.erase(session); }

  // Ends those of whom that is not said. Returns how many.
  std::size_t keep_only(const std::function<bool(const Asker&)>& of_whom);

  [[nodiscard]] std::size_t size() const { return by_digest_.size(); }

 private:
  void make_room(std::string_view name, core::Time now);

  std::map<std::string, Asker> by_digest_;
};

}  // namespace spillway::admin
