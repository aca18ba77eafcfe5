// The operators' commands over the admin API: `events`, `dead`, `purge`, `jobs`, `destinations`,
// `audit`, `reconcile`, `digest`, `backup`, `summary`, `actions` and `config`. Each asks, and
// returns what to print, so that a test can look at it. Main thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/admin_client.hpp"
#include "app/command_line.hpp"
#include "app/exit_code.hpp"
#include "core/error.hpp"

namespace spillway::app {

struct Output {
  std::string text;
  ExitCode code = kOk;
};

enum class OutputForm { table, json };  // json: what the API answered, a document on each line

struct EventFilter {
  std::string source{};
  std::string destination{};
  std::string state{};
  std::string idempotency_key{};
  std::string ordering_key{};
  std::string from{};  // times of RFC 3339
  std::string to{};
  std::size_t limit = 50;
};
core::Result<Output> list_events(AdminClient& admin, const EventFilter& filter, OutputForm form);
// Prints the newest events that match, then those that come, until it is ended or has looked so
// often; 0: without end.
core::Result<Output> tail_events(AdminClient& admin, const EventFilter& filter,
                                 std::size_t looks_max, OutputForm form);
core::Result<Output> show_event(AdminClient& admin, std::string_view id, OutputForm form);
core::Result<Output> show_event_body(AdminClient& admin, std::string_view id);
core::Result<Output> replay_event(AdminClient& admin, std::string_view id,
                                  std::string_view destination, bool force, OutputForm form);

// Deliveries given up on that are listed.
struct DeadFilter {
  std::string destination{};
  std::string state{};  // dead or expired; empty: dead
  std::string reason{};
  std::size_t limit = 50;
};
core::Result<Output> list_dead(AdminClient& admin, const DeadFilter& filter, OutputForm form);

// Those of the events named, as far as they fit the rest; an empty state takes both.
struct DeadDelivery {
  std::string event_id;
  std::string destination;

  bool operator==(const DeadDelivery&) const = default;
};
core::Result<std::vector<DeadDelivery>> find_dead(AdminClient& admin,
                                                  const std::vector<std::string>& event_ids,
                                                  const DeadFilter& filter);
core::Result<Output> replay_dead(AdminClient& admin, const std::vector<DeadDelivery>& deliveries,
                                 OutputForm form);
core::Result<Output> drop_dead(AdminClient& admin, const std::vector<DeadDelivery>& deliveries,
                               OutputForm form);

// A job about all that a filter describes.
struct JobOrder {
  std::string target;      // of the API: "/v1/dead/replay"
  std::string filter;      // a JSON object
  std::uint64_t rate = 0;  // a second; 0: as fast as it goes
};
core::Result<Output> begin_job(AdminClient& admin, const JobOrder& order, OutputForm form);
// Goes on asking until it has ended; tells how far it is on a terminal.
core::Result<Output> run_job(AdminClient& admin, const JobOrder& order, OutputForm form);
// A dry run: how much it would be about.
struct JobCount {
  std::uint64_t matched = 0;
  bool complete = false;  // else it may be more
  std::string json{};
};
core::Result<JobCount> count_job(AdminClient& admin, const JobOrder& order);
core::Result<Output> list_jobs(AdminClient& admin, OutputForm form);
core::Result<Output> show_job(AdminClient& admin, std::string_view id, OutputForm form);
core::Result<Output> cancel_job(AdminClient& admin, std::string_view id, OutputForm form);

core::Result<Output> list_destinations(AdminClient& admin, OutputForm form);
core::Result<Output> list_recent_attempts(AdminClient& admin, std::string_view name,
                                          OutputForm form);
core::Result<Output> pause_destination(AdminClient& admin, std::string_view name,
                                       std::string_view reason, OutputForm form);
core::Result<Output> resume_destination(AdminClient& admin, std::string_view name, OutputForm form);
core::Result<Output> test_destination(AdminClient& admin, std::string_view name, OutputForm form);

// One idempotency key of the source on each line, or an event id where no source is given.
core::Result<Output> reconcile(AdminClient& admin, const std::string& source, std::istream& in,
                               OutputForm form);

struct DigestFilter {
  std::string destination{};  // empty: all
  std::string from{};
  std::string to{};
  std::string bucket{};
};
core::Result<Output> show_digest(AdminClient& admin, const DigestFilter& filter, OutputForm form);
core::Result<Output> list_digest_events(AdminClient& admin, DigestFilter filter, OutputForm form);

enum class AuditDepth { counters, scan };
core::Result<Output> audit_node(AdminClient& admin, AuditDepth depth, OutputForm form);
// Of a node that does not run; refuses when it does.
core::Result<Output> audit_directory(const std::string& data_dir, OutputForm form);

// Makes that directory, and in it a data_dir to start from.
core::Result<Output> back_up(AdminClient& admin, const std::string& directory, bool replace,
                             OutputForm form);

core::Result<Output> list_actions(AdminClient& admin, std::size_t limit, OutputForm form);
core::Result<Output> reload_config(AdminClient& admin, OutputForm form);
core::Result<Output> list_nodes(AdminClient& admin, OutputForm form);
core::Result<Output> forget_node(AdminClient& admin, std::string_view name, OutputForm form);
core::Result<Output> show_summary(AdminClient& admin, OutputForm form);

void add_events(CommandLine app, Command& chosen);
void add_dead(CommandLine app, Command& chosen);
void add_purge(CommandLine app, Command& chosen);
void add_jobs(CommandLine app, Command& chosen);
void add_destinations(CommandLine app, Command& chosen);
void add_audit(CommandLine app, Command& chosen);
void add_backup(CommandLine app, Command& chosen);
void add_summary(CommandLine app, Command& chosen);
void add_actions(CommandLine app, Command& chosen);
void add_config_commands(CommandLine app, Command& chosen);
void add_nodes(CommandLine app, Command& chosen);
void add_reconcile(CommandLine app, Command& chosen);
void add_digest(CommandLine app, Command& chosen);

// What the commands above share.
struct AdminArguments {
  AdminClientOptions client;
  bool json = false;

  [[nodiscard]] OutputForm form() const { return json ? OutputForm::json : OutputForm::table; }
};
void add_admin_options(CommandLine command, AdminArguments& arguments);

// What commands share that ask for a job.
struct JobArguments : AdminArguments {
  std::uint64_t rate = 0;
  bool dry_run = false;
  bool wait = false;
  bool yes = false;
};
void add_job_options(CommandLine command, JobArguments& arguments);
void add_yes(CommandLine command, JobArguments& arguments);
// Asks the person at the terminal; where there is none, says that --yes is needed.
[[nodiscard]] bool confirmed(const std::string& loss);
// Counts or runs the job as the arguments say. What is lost for good, "Drop {} for good", is
// counted and confirmed before; empty: nothing is.
core::Result<Output> order_job(AdminClient& admin, const JobOrder& order,
                               const JobArguments& arguments, std::string_view loss);

// Prints the output, or the error to standard error. Returns the exit code.
int print(const core::Result<Output>& output);
// Opens the client, asks, prints.
int ask_admin(const AdminArguments& arguments,
              const std::function<core::Result<Output>(AdminClient&)>& question);

}  // namespace spillway::app
