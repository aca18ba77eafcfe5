// The operators' commands against an admin API of canned answers: what they ask, what they print,
// and which exit code it comes to.
#include "app/admin_commands.hpp"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "app/table.hpp"
#include "canned_admin.hpp"
#include "core/random.hpp"
#include "journal/keys.hpp"
#include "journal/records.hpp"
#include "journal/writer.hpp"
#include "journal_rocksdb/rocksdb_store.hpp"

namespace spillway::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kId = "01999999-0000-7000-8000-000000000001";

class AdminCommandsTest : public testing::Test {
 protected:
  testing_support::CannedAdmin node;
  std::unique_ptr<AdminClient> admin =
      AdminClient::open({.url = node.url(), .token = "", .ca_file = ""}).value();
};

TEST_F(AdminCommandsTest, sends_no_token_that_would_be_more_than_a_header) {
  using std::string_literals::operator""s;
  for (const std::string& token : {"a-token\n"s, "a-token\r\nX-Other: 1"s, "a-token\0"s, "a token"s,
                                   "a-t\xc3\xb6ken"s, "\t"s}) {
    const auto opened = AdminClient::open({.url = node.url(), .token = token, .ca_file = ""});
    ASSERT_FALSE(opened) << token;
    EXPECT_EQ(exit_code(opened.error().code), kUsage);
    EXPECT_THAT(opened.error().message, HasSubstr("SPILLWAY_TOKEN"));
    EXPECT_THAT(opened.error().message, Not(HasSubstr("a-t")));
  }
  EXPECT_TRUE(AdminClient::open({.url = node.url(), .token = "aZ0-._~+/=", .ca_file = ""}));
}

TEST_F(AdminCommandsTest, lists_actions_page_after_page) {
  node.put("GET /v1/actions?limit=3",
           R"({"actions":[{"id":9,"at":"t9","who":"oncall","action":"destination.pause",)"
           R"("target":"acme","detail":"moving","outcome":"done"}],"next_cursor":"9"})");
  node.put("GET /v1/actions?limit=2&cursor=9",
           R"({"actions":[{"id":8,"at":"t8","who":"board","action":"session.begin",)"
           R"("target":null,"detail":null,"outcome":"done"}],"next_cursor":null})");
  const auto listed = list_actions(*admin, 3, OutputForm::table);
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->text,
            "at  who     action             target  outcome  detail\n"
            "t9  oncall  destination.pause  acme    done     moving\n"
            "t8  board   session.begin              done\n");
}

TEST_F(AdminCommandsTest, a_reload_names_what_waits_for_a_restart_on_each_node) {
  node.put("POST /v1/config/reload",
           R"({"status":"reloaded","needs_restart":["listen.ingest.address","threads"],"nodes":[)"
           R"({"node":"n2","done":true,"answer":{"status":"reloaded","needs_restart":["kafka"]}},)"
           R"({"node":"n3","done":true,"answer":{"status":"reloaded","needs_restart":[]}}]})");
  const auto reloaded = reload_config(*admin, OutputForm::table);
  ASSERT_TRUE(reloaded);
  EXPECT_EQ(reloaded->code, kOk);
  EXPECT_EQ(reloaded->text,
            "reloaded; keep their old value until a restart: listen.ingest.address, threads\n"
            "node n2: done; keep their old value until a restart: kafka\n"
            "node n3: done\n");
}

TEST_F(AdminCommandsTest, a_reload_that_is_refused_is_a_matter_of_the_configuration) {
  node.put("POST /v1/config/reload", R"({"status":"reloaded"})");
  EXPECT_EQ(reload_config(*admin, OutputForm::table)->text, "reloaded\n");
  node.put("POST /v1/config/reload", R"({"detail":"spillway.yaml:7: unknown key"})", 422);
  const auto refused = reload_config(*admin, OutputForm::table);
  ASSERT_FALSE(refused);
  EXPECT_EQ(exit_code(refused.error().code), kUsage);
  EXPECT_EQ(refused.error().message, "spillway.yaml:7: unknown key");
}

TEST_F(AdminCommandsTest, a_tail_shows_the_newest_and_then_what_comes) {
  const auto event = [](int number) {
    return fmt::format(R"({{"event_id":"e{}","source":"waba","received":"t{}","body_bytes":10,)"
                       R"("deliveries":[]}})",
                       number, number);
  };
  node.put("GET /v1/events?limit=2",
           R"({"events":[)" + event(2) + "," + event(1) + R"(],"next_cursor":"1"})");
  node.put("GET /v1/events?limit=200", R"({"events":[)" + event(4) + "," + event(3) + "," +
                                           event(2) + R"(],"next_cursor":"1"})");
  testing::internal::CaptureStdout();
  const auto tailed = tail_events(*admin, {.limit = 2}, 3, OutputForm::table);
  const std::string shown = testing::internal::GetCapturedStdout();
  ASSERT_TRUE(tailed);
  EXPECT_EQ(shown,
            "t1  e1  waba  10 bytes  \nt2  e2  waba  10 bytes  \n"
            "t3  e3  waba  10 bytes  \nt4  e4  waba  10 bytes  \n");
}

TEST_F(AdminCommandsTest, lists_events_page_after_page_up_to_the_limit) {
  node.put("GET /v1/events?limit=3&source=waba",
           R"({"events":[{"event_id":"e1","source":"waba","received":"t1","body_bytes":10,)"
           R"("deliveries":[{"destination":"acme","state":"delivered"},)"
           R"({"destination":"crm","state":"pending"}]},{"event_id":"e2"}],"next_cursor":"a b"})");
  node.put("GET /v1/events?limit=1&source=waba&cursor=a%20b",
           R"({"events":[{"event_id":"e3"}],"next_cursor":"more"})");
  const auto listed =
      list_events(*admin, {.source = "waba", .limit = 3}, OutputForm::table).value();
  EXPECT_THAT(listed.text, HasSubstr("t1        e1     waba       10  acme:delivered crm:pending"));
  EXPECT_THAT(listed.text, HasSubstr("e3"));
  EXPECT_EQ(node.requests().size(), 2U);
}

TEST_F(AdminCommandsTest, shows_an_event_without_control_characters_of_peers) {
  node.put(std::string("GET /v1/events/") + kId,
           R"({"event_id":"e1","source":"waba","received":"t","body_bytes":3,"headers":[],)"
           R"("deliveries":[{"destination":"acme","state":"dead","reason":"exhausted",)"
           R"("attempts_made":2,"due":null,"attempts":[{"generation":1,"number":2,"started":"s",)"
           R"("took_seconds":0.25,"outcome":"deferred","status":503,"error":null,)"
           R"("response_excerpt":"\u001b[2Jgone"}]}]})");
  const auto shown = show_event(*admin, kId, OutputForm::table).value();
  EXPECT_THAT(shown.text, HasSubstr("acme: dead (exhausted), 2 attempts made"));
  EXPECT_THAT(shown.text, HasSubstr("250.0 ms"));
  EXPECT_THAT(shown.text, HasSubstr("?[2Jgone"));
  EXPECT_THAT(shown.text, Not(HasSubstr("\x1b")));
}

TEST_F(AdminCommandsTest, lists_the_recent_attempts_of_a_destination) {
  const std::string attempts =
      R"({"attempts":[{"event_id":"e2","generation":1,"number":3,"started":"t2",)"
      R"("took_seconds":5,"outcome":"unknown","status":null,"error":"no\nanswer"},)"
      R"({"event_id":"e1","generation":2,"number":1,"started":"t1","took_seconds":0.25,)"
      R"("outcome":"deferred","status":503,"error":null}]})";
  node.put("GET /v1/destinations/a%20b/attempts", attempts);
  EXPECT_EQ(list_recent_attempts(*admin, "a b", OutputForm::table)->text,
            "started  event  attempt  took      outcome   status  error\n"
            "t2       e2         1.3  5.0 s     unknown           no?answer\n"
            "t1       e1         2.1  250.0 ms  deferred     503\n");
  EXPECT_EQ(list_recent_attempts(*admin, "a b", OutputForm::json)->text, attempts + "\n");
  EXPECT_FALSE(list_recent_attempts(*admin, "nobody", OutputForm::table));
}

TEST_F(AdminCommandsTest, a_dead_letter_is_listed_with_the_beginning_of_its_last_failure) {
  const std::string error(200, 'x');
  node.put("GET /v1/dead?limit=50",
           R"({"deliveries":[{"event_id":"e1","last_status":null,"last_failure":{"error":")" +
               error +
               R"("}},{"event_id":"e2","last_status":503,"last_failure":{"error":null}},)"
               R"({"event_id":"e3","last_status":null,"last_failure":null}],"next_cursor":null})");
  const std::string listed = list_dead(*admin, {}, OutputForm::table)->text;
  EXPECT_THAT(listed, HasSubstr("status  last error\n"));
  EXPECT_THAT(listed, HasSubstr("  " + std::string(47, 'x') + "…\n"));
  EXPECT_THAT(listed, HasSubstr("   503\n"));
}

TEST(Table, shortens_a_text_by_characters) {
  EXPECT_EQ(shortened("", 3), "");
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "ab…");
  EXPECT_EQ(shortened("äöü", 3), "äöü");
  EXPECT_EQ(shortened("äöüß", 3), "äö…");
}

TEST_F(AdminCommandsTest, json_is_what_the_api_said) {
  node.put("GET /v1/destinations", R"({"destinations":[]})");
  EXPECT_EQ(list_destinations(*admin, OutputForm::json)->text, "{\"destinations\":[]}\n");
}

TEST_F(AdminCommandsTest, a_replay_that_opens_nothing_is_a_problem) {
  node.put("POST /v1/events/e1/replay",
           R"({"reopened":[],"unchanged":[{"destination":"acme","state":"pending"}]})");
  const auto replayed = replay_event(*admin, "e1", "acme", false, OutputForm::table).value();
  EXPECT_EQ(replayed.code, kProblem);
  EXPECT_THAT(replayed.text, HasSubstr("acme: still pending"));
  EXPECT_THAT(node.requests(), ElementsAre(R"(POST /v1/events/e1/replay {"destination":"acme"})"));
}

TEST_F(AdminCommandsTest, a_replay_may_be_forced) {
  node.put("POST /v1/events/e1/replay", R"({"reopened":[],"unchanged":[]})");
  EXPECT_TRUE(replay_event(*admin, "e1", "", true, OutputForm::table));
  EXPECT_THAT(node.requests(), ElementsAre(R"(POST /v1/events/e1/replay {"force":true})"));
}

TEST_F(AdminCommandsTest, finds_the_dead_deliveries_of_an_event) {
  node.put("GET /v1/events/e1",
           R"({"deliveries":[{"destination":"a","state":"dead"},{"destination":"b",)"
           R"("state":"delivered"},{"destination":"c","state":"expired"}]})");
  EXPECT_THAT(find_dead(*admin, {"e1"}, {}).value(),
              ElementsAre(DeadDelivery{"e1", "a"}, DeadDelivery{"e1", "c"}));
  EXPECT_THAT(find_dead(*admin, {"e1"}, {.state = "expired"}).value(),
              ElementsAre(DeadDelivery{"e1", "c"}));
}

TEST_F(AdminCommandsTest, drops_what_was_named_and_tells_what_was_refused) {
  node.put("POST /v1/dead/drop",
           R"({"dropped":1,"refused":[{"event_id":"e2","destination":"a","why":"pending"}]})");
  const auto dropped = drop_dead(*admin, {{"e1", "a"}, {"e2", "a"}}, OutputForm::table).value();
  EXPECT_EQ(dropped.text, "1 of 2 deliveries dropped for good\ne2 to a: pending\n");
  EXPECT_EQ(dropped.code, kProblem);
  EXPECT_EQ(node.requests().back(),
            R"(POST /v1/dead/drop {"deliveries":[{"event_id":"e1","destination":"a"},)"
            R"({"event_id":"e2","destination":"a"}]})");
}

constexpr std::string_view kJob =
    R"({"id":7,"kind":"replay","filter":{"state":"dead","destination":"acme"},"rate":50,)"
    R"("state":"%","failure":null,"asked_by":"127.0.0.1","created":"t1","finished":null,)"
    R"("examined":10,"matched":8,"done":7,"skipped":1})";

std::string job_in(std::string_view state) {
  std::string text(kJob);
  return text.replace(text.find('%'), 1, state);
}

const JobOrder kReplay{
    .target = "/v1/dead/replay", .filter = R"({"destination":"acme"})", .rate = 50};

TEST_F(AdminCommandsTest, begins_a_job_and_says_how_to_look_at_it) {
  node.put("POST /v1/dead/replay", job_in("running"), 202);
  const auto begun = begin_job(*admin, kReplay, OutputForm::table).value();
  EXPECT_EQ(begun.text, "job 7 has begun: spillway jobs show 7\n");
  EXPECT_THAT(node.requests(),
              ElementsAre(R"(POST /v1/dead/replay {"filter":{"destination":"acme"},"rate":50})"));
}

TEST_F(AdminCommandsTest, counts_what_a_job_would_be_about) {
  node.put("POST /v1/dead/replay", R"({"examined":10,"matched":8,"complete":false})");
  const auto counted =
      order_job(*admin, kReplay, JobArguments{{}, 50, true, false, false}, "").value();
  EXPECT_EQ(counted.text, "at least 8 match\n");
  EXPECT_THAT(node.requests(), ElementsAre(HasSubstr(R"("dry_run":true)")));
}

TEST_F(AdminCommandsTest, runs_a_job_to_its_end_which_is_the_exit_code) {
  node.put("POST /v1/dead/replay", job_in("running"), 202);
  node.put("GET /v1/jobs/7", job_in("done"));
  const auto ran = run_job(*admin, kReplay, OutputForm::table).value();
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.text, HasSubstr("7 done of 8 matched, 1 skipped, 10 examined"));
  EXPECT_THAT(ran.text, HasSubstr("state=dead destination=acme"));
  node.put("GET /v1/jobs/7", job_in("failed"));
  EXPECT_EQ(run_job(*admin, kReplay, OutputForm::table)->code, kProblem);
}

TEST_F(AdminCommandsTest, asks_for_what_is_lost_for_good_only_when_it_was_confirmed) {
  node.put("POST /v1/purge", R"({"examined":10,"matched":8,"complete":true})");
  const JobOrder purge{.target = "/v1/purge", .filter = R"({"ordering_key":"k"})"};
  // Nobody sits at a test's standard input.
  const int input = dup(STDIN_FILENO);
  ASSERT_NE(freopen("/dev/null", "r", stdin), nullptr);
  const auto refused = order_job(*admin, purge, JobArguments{}, "Erase {} events for good").value();
  dup2(input, STDIN_FILENO);
  close(input);
  EXPECT_EQ(refused.code, kUsage);
  EXPECT_THAT(node.requests(), ElementsAre(HasSubstr(R"("dry_run":true)")));
}

TEST_F(AdminCommandsTest, lists_and_cancels_jobs) {
  node.put("GET /v1/jobs", R"({"jobs":[)" + job_in("running") + "]}");
  node.put("POST /v1/jobs/7/cancel", job_in("cancelled"));
  EXPECT_THAT(list_jobs(*admin, OutputForm::table)->text, HasSubstr("running"));
  const auto cancelled = cancel_job(*admin, "7", OutputForm::table).value();
  EXPECT_EQ(cancelled.code, kOk);
  EXPECT_THAT(cancelled.text, HasSubstr("cancelled"));
  EXPECT_EQ(cancel_job(*admin, "8", OutputForm::table).error().code, core::ErrorCode::not_found);
}

TEST_F(AdminCommandsTest, names_deliveries_a_thousand_at_a_time) {
  node.put("POST /v1/dead/replay", R"({"reopened":750,"refused":[]})");
  const std::vector<DeadDelivery> deliveries(1500, {"e", "d"});
  const auto replayed = replay_dead(*admin, deliveries, OutputForm::table).value();
  EXPECT_EQ(replayed.text, "1500 of 1500 deliveries wait again\n");
  EXPECT_EQ(replayed.code, kOk);
  EXPECT_EQ(node.requests().size(), 2U);
}

TEST_F(AdminCommandsTest, pauses_a_destination_by_any_name) {
  node.put("POST /v1/destinations/a%2Fb/pause",
           R"({"name":"a/b","state":"paused","changed":true})");
  EXPECT_EQ(pause_destination(*admin, "a/b", "moving", OutputForm::table)->text, "a/b: paused\n");
  EXPECT_EQ(node.requests().back(), R"(POST /v1/destinations/a%2Fb/pause {"reason":"moving"})");
}

TEST_F(AdminCommandsTest, an_audit_that_does_not_balance_is_a_problem) {
  node.put("GET /v1/audit", R"({"balanced":true,"unaccounted":0,"destinations":{"acme":)"
                            R"({"accepted":3,"pending":1,"delivered":2}},"scan":null})");
  node.put("GET /v1/audit?scan=true",
           R"({"balanced":false,"unaccounted":2,"destinations":{},"scan":{"events":9,)"
           R"("deliveries":9,"problem_count":1,"problems":["acme: 2 are missing"]}})");
  const auto fine = audit_node(*admin, AuditDepth::counters, OutputForm::table).value();
  EXPECT_EQ(fine.code, kOk);
  EXPECT_THAT(fine.text, HasSubstr("the books balance"));
  const auto wrong = audit_node(*admin, AuditDepth::scan, OutputForm::table).value();
  EXPECT_EQ(wrong.code, kProblem);
  EXPECT_THAT(wrong.text, HasSubstr("problem: acme: 2 are missing"));
  EXPECT_THAT(wrong.text, HasSubstr("do NOT balance, 2 unaccounted for"));
}

TEST_F(AdminCommandsTest, a_node_that_is_not_ready_is_a_problem) {
  node.put("GET /v1/summary", R"({"version":"1","ready":false,"not_ready_because":"disk full",)"
                              R"("deliveries":{"accepted":1},"unaccounted":0})");
  const auto summary = show_summary(*admin, OutputForm::table).value();
  EXPECT_EQ(summary.code, kProblem);
  EXPECT_THAT(summary.text, HasSubstr("no: disk full"));
}

TEST_F(AdminCommandsTest, the_summary_has_rates_where_there_are_any) {
  node.put(
      "GET /v1/summary",
      R"({"version":"1","ready":true,"unaccounted":0,"disk_budget_ratio":0.254,)"
      R"("rates":{"accepted_per_second":5,"delivered_per_second":2,"failed_per_second":0.5}})");
  const std::string text = show_summary(*admin, OutputForm::table)->text;
  EXPECT_THAT(text, HasSubstr("disk budget     25 % used\n"));
  EXPECT_THAT(text, HasSubstr("5.0 accepted, 2.0 delivered, 0.5 attempts failed\n"));
  node.put("GET /v1/summary", R"({"disk_budget_ratio":null,"rates":null})");
  EXPECT_THAT(show_summary(*admin, OutputForm::table)->text, Not(HasSubstr("disk budget")));
}

TEST_F(AdminCommandsTest, errors_of_the_api_come_in_its_words_and_with_their_exit_code) {
  const auto missing = show_event(*admin, kId, OutputForm::table);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "this node does not have it");
  EXPECT_EQ(exit_code(missing.error().code), kProblem);

  node.put("GET /v1/summary", R"({"detail":"this token is not the operator's"})", 401);
  const auto refused = show_summary(*admin, OutputForm::table);
  ASSERT_FALSE(refused);
  EXPECT_EQ(exit_code(refused.error().code), kUsage);
  EXPECT_THAT(refused.error().message, HasSubstr("SPILLWAY_TOKEN"));

  node.put("GET /v1/destinations", "<html>");
  EXPECT_THAT(list_destinations(*admin, OutputForm::table).error().message,
              HasSubstr("is this the admin API"));
}

TEST(AdminClientTest, says_where_it_looked_when_nobody_answers) {
  std::string url;
  {
    const testing_support::CannedAdmin gone;
    url = gone.url();
  }
  const auto admin = AdminClient::open({.url = url, .token = "", .ca_file = ""}).value();
  const auto answer = admin->get("/v1/summary");
  ASSERT_FALSE(answer);
  EXPECT_EQ(exit_code(answer.error().code), kUnreachable);
  EXPECT_THAT(answer.error().message, HasSubstr(url));
  EXPECT_THAT(answer.error().message, HasSubstr("SPILLWAY_ADMIN"));
}

TEST(AuditDirectory, a_directory_without_a_journal_is_a_usage_error) {
  const auto audit = audit_directory(testing::TempDir(), OutputForm::table);
  ASSERT_FALSE(audit);
  EXPECT_EQ(exit_code(audit.error().code), kUsage);
}

class AuditDirectoryTest : public testing::Test {
 protected:
  AuditDirectoryTest() { std::filesystem::create_directories(data_dir_); }
  ~AuditDirectoryTest() override { std::filesystem::remove_all(data_dir_); }

  [[nodiscard]] std::unique_ptr<journal::Store> open_store() const {
    return journal::RocksdbStore::open({.directory = data_dir_ / "journal", .environment = {}})
        .value();
  }
  // A founded journal that holds nothing, and then the batch.
  void write(const journal::WriteBatch& batch, journal::CommitMark mark) const {
    const auto store = open_store();
    core::SystemRandom random;
    ASSERT_TRUE(journal::Writer::open(*store, {.accept_loss = false}, random));
    ASSERT_TRUE(store->write(batch, mark));
    ASSERT_TRUE(store->sync());
  }

  const std::filesystem::path data_dir_ =
      std::filesystem::path(testing::TempDir()) / ("spillway_audit_" + std::to_string(::getpid()));
};

TEST_F(AuditDirectoryTest, a_whole_journal_balances) {
  write({}, {});
  const auto audit = audit_directory(data_dir_, OutputForm::table).value();
  EXPECT_EQ(audit.code, kOk);
  EXPECT_THAT(audit.text, HasSubstr("the books balance"));
}

TEST_F(AuditDirectoryTest, answers_in_the_shape_of_the_admin_api) {
  write({}, {});
  const auto audit = audit_directory(data_dir_, OutputForm::json).value();
  for (const char* member : {"balanced", "unaccounted", "as_of", "destinations", "scan"}) {
    EXPECT_THAT(audit.text, HasSubstr(std::string("\"") + member + "\":"));
  }
}

TEST_F(AuditDirectoryTest, acknowledged_events_that_are_missing_are_a_problem) {
  journal::WriteBatch batch;
  batch.put(journal::Table::meta, journal::keys::kCommit,
            journal::CommitRecord{.commit = 1}.encode());
  write(batch, {.commit = 1, .synced = 7});
  const auto audit = audit_directory(data_dir_, OutputForm::table).value();
  EXPECT_EQ(audit.code, kProblem);
  EXPECT_THAT(audit.text, HasSubstr("acknowledged events are missing"));
  EXPECT_THAT(audit.text, HasSubstr("the books do NOT balance"));
}

TEST_F(AuditDirectoryTest, a_newer_format_is_not_read) {
  journal::WriteBatch batch;
  batch.put(journal::Table::meta, journal::keys::kFormat,
            journal::FormatRecord{journal::FormatRecord::kVersion + 1}.encode());
  write(batch, {});
  const auto audit = audit_directory(data_dir_, OutputForm::table);
  ASSERT_FALSE(audit);
  EXPECT_THAT(audit.error().message, HasSubstr("newer spillway"));
}

TEST(TableTest, aligns_by_characters_and_numbers_to_the_right) {
  Table table({"name", "n"});
  table.add({"Köln", "7"});
  table.add({"a", "1234"});
  EXPECT_EQ(table.text(), "name  n\nKöln     7\na     1234\n");
}

}  // namespace
}  // namespace spillway::app
