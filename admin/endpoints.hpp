// What each resource of the admin API does: one function each, in the file of its subject. Called
// by the API on the admin thread, after access, path, query and content type were checked; the
// context outlives the call. An error becomes a problem document.
#pragma once

#include <string>
#include <vector>

#include "admin/action_note.hpp"
#include "admin/asker.hpp"
#include "admin/context.hpp"
#include "admin/query.hpp"
#include "core/error.hpp"
#include "http/async.hpp"
#include "http/message.hpp"
#include "retry/job_record.hpp"

namespace spillway::admin {

struct Call {
  std::vector<std::string> path_values{};  // of the {…} in the path, in order, decoded
  Query query{};
  std::string body{};
  http::RequestHead head{};
  Asker asker{};               // of nobody where everybody may ask
  ActionNote* note = nullptr;  // outlives the call; of one that changes something
};

using Answer = http::Awaitable<core::Result<http::Response>>;
using Endpoint = Answer (*)(AdminContext* context, Call call);

// service.cpp
Answer get_health(AdminContext* context, Call call);
Answer get_readiness(AdminContext* context, Call call);
Answer get_metrics(AdminContext* context, Call call);
Answer get_openapi(AdminContext* context, Call call);

// session.cpp
Answer begin_session(AdminContext* context, Call call);
Answer get_session(AdminContext* context, Call call);
Answer end_session(AdminContext* context, Call call);

// dashboard.cpp
Answer get_dashboard(AdminContext* context, Call call);

// live.cpp
Answer get_stream(AdminContext* context, Call call);

// history_view.cpp
Answer get_history(AdminContext* context, Call call);

// config.cpp
Answer get_config(AdminContext* context, Call call);
Answer reload_config(AdminContext* context, Call call);

// actions.cpp
Answer get_actions(AdminContext* context, Call call);

// nodes.cpp
Answer get_nodes(AdminContext* context, Call call);
Answer forget_node(AdminContext* context, Call call);

// summary.cpp, audit.cpp
Answer get_summary(AdminContext* context, Call call);
Answer get_audit(AdminContext* context, Call call);

// checkpoint.cpp
Answer make_checkpoint(AdminContext* context, Call call);
Answer remove_checkpoint(AdminContext* context, Call call);

// event_list.cpp, event.cpp
Answer get_events(AdminContext* context, Call call);
Answer get_event(AdminContext* context, Call call);
Answer get_event_body(AdminContext* context, Call call);
Answer replay_event(AdminContext* context, Call call);

// dead_list.cpp, dead.cpp
Answer get_dead(AdminContext* context, Call call);
Answer replay_dead(AdminContext* context, Call call);
Answer drop_dead(AdminContext* context, Call call);

// jobs.cpp
Answer begin_job(AdminContext* context, retry::JobKind kind, Call call);
Answer purge_events(AdminContext* context, Call call);
Answer get_jobs(AdminContext* context, Call call);
Answer get_job(AdminContext* context, Call call);
Answer cancel_job(AdminContext* context, Call call);

// destinations.cpp
Answer get_destinations(AdminContext* context, Call call);
Answer pause_destination(AdminContext* context, Call call);
Answer resume_destination(AdminContext* context, Call call);

// recent_attempts.cpp
Answer get_recent_attempts(AdminContext* context, Call call);

// trial.cpp
Answer test_destination(AdminContext* context, Call call);

// reconcile.cpp, digest.cpp
Answer reconcile(AdminContext* context, Call call);
Answer get_digest(AdminContext* context, Call call);
Answer get_digest_events(AdminContext* context, Call call);

}  // namespace spillway::admin
