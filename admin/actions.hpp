// Puts what an operator did on the trail. Admin thread.
#pragma once

#include "admin/action_note.hpp"
#include "admin/action_record.hpp"
#include "admin/context.hpp"
#include "admin/endpoints.hpp"

namespace spillway::admin {

// Passes the answer on once what it tells of is recorded, if it was an action; an error instead if
// it cannot be.
Answer put_on_record(AdminContext* context, ActionRecord action, ActionNote note,
                     core::Result<http::Response> answer);

}  // namespace spillway::admin
