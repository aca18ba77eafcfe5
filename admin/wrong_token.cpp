#include "admin/wrong_token.hpp"

#include <chrono>

#include "admin/errors.hpp"
#include "admin/shapes.hpp"
#include "http/problem.hpp"

namespace spillway::admin {

http::Response refuse_wrong_token(AdminContext& context, const std::string& remote) {
  const core::Time now = context.clock.now();
  if (const auto wait = context.guesses->must_wait(remote, now)) {
    context.refusals->told_to_wait();
    return http::problem_retry_after(429, "too many wrong tokens came from this address",
                                     std::chrono::ceil<std::chrono::seconds>(*wait));
  }
  context.guesses->wrong(remote, now);
  context.refusals->wrong_token(remote, now);
  return error_response(unauthenticated("nobody holds this token").error());
}

}  // namespace spillway::admin
