// What becomes of those who were let in before, once a reload has changed the tokens. Admin thread.
#pragma once

#include <vector>

#include "admin/access.hpp"
#include "admin/context.hpp"

namespace spillway::admin {

// These tokens hold from now on. Sessions and streams of whoever held another one, or the same
// under another name or in another role, end at once.
void take_tokens(AdminContext& context, std::vector<TokenOptions> tokens);

}  // namespace spillway::admin
