#include "admin/new_tokens.hpp"

#include <cstddef>
#include <utility>

#include "core/log.hpp"

namespace spillway::admin {

void take_tokens(AdminContext& context, std::vector<TokenOptions> tokens) {
  context.access.take_tokens(std::move(tokens));
  const auto known = [&context](const Asker& asker) { return context.access.still_knows(asker); };
  const std::size_t sessions = context.sessions->keep_only(known);
  const std::size_t streams = context.live->keep_only(known);
  if (sessions + streams > 0) {
    core::log(core::LogLevel::info, "tokens.withdrawn",
              {{"sessions_ended", sessions}, {"streams_ended", streams}});
  }
}

}  // namespace spillway::admin
