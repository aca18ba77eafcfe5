#include "admin/refusals.hpp"

#include <string>
#include <utility>

#include "core/log.hpp"

namespace spillway::admin {

namespace {

core::Counter& refused_for(core::Registry& registry, std::string reason) {
  return registry.counter("spillway_admin_refused_total",
                          "Requests that the admin listener let nobody make, by reason",
                          {{"reason", std::move(reason)}});
}

}  // namespace

Refusals::Refusals(core::Registry& registry)
    : wrong_token_(refused_for(registry, "wrong_token")),
      told_to_wait_(refused_for(registry, "wrong_tokens")),
      beyond_role_(refused_for(registry, "role")) {}

void Refusals::wrong_token(std::string_view remote, core::Time now) {
  wrong_token_.add();
  if (!token_lines_.try_take(now)) {
    core::log(core::LogLevel::warn, "token.refused", {{"remote", remote}});
  }
}

void Refusals::beyond_role(const Asker& asker, std::string_view remote, std::string_view asked_for,
                           core::Time now) {
  beyond_role_.add();
  if (!role_lines_.try_take(now)) {
    core::log(core::LogLevel::warn, "role.refused",
              {{"who", asker.name},
               {"role", to_string(asker.role)},
               {"asked_for", asked_for},
               {"remote", remote}});
  }
}

}  // namespace spillway::admin
