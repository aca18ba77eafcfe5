// Who asks, as access found out from the head of a request. Plain data; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "admin/role.hpp"
#include "core/clock.hpp"

namespace spillway::admin {

struct Asker {
  enum class Via {
    open,    // no tokens are configured
    token,   // sent along
    cookie,  // of a session
    node,    // another node passed it on
  };

  std::string name = "local";
  Role role = Role::operating;
  Via via = Via::open;
  std::string token_digest{};              // via a token or a cookie: of the token; never shown
  std::string session{};                   // via a cookie: its key among the sessions
  std::optional<core::Time> expires_at{};  // via a cookie
};

[[nodiscard]] constexpr std::string_view to_string(Asker::Via via) {
  switch (via) {
    case Asker::Via::open:
      return "open";
    case Asker::Via::token:
      return "token";
    case Asker::Via::cookie:
      return "cookie";
    case Asker::Via::node:
      return "node";
  }
  return "?";
}

}  // namespace spillway::admin
