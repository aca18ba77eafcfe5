// What whoever sends a token that nobody holds is answered, at the sign-in and anywhere else. Admin
// thread.
#pragma once

#include <string>

#include "admin/context.hpp"
#include "http/message.hpp"

namespace spillway::admin {

// 401, or 429 where too many came from that address; counted and logged. Only for a token that was
// looked at: whoever shares an address with a guesser is let in with a right one all the same.
[[nodiscard]] http::Response refuse_wrong_token(AdminContext& context, const std::string& remote);

}  // namespace spillway::admin
