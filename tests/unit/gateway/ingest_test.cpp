#include "gateway/ingest.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/crypto.hpp"
#include "core/encoding.hpp"
#include "tests/support/fake_writer.hpp"
#include "tests/support/memory_journal.hpp"
#include "tests/support/virtual_time.hpp"

namespace spillway::gateway {
namespace {

using core::DeliveryState;

class IngestTest : public testing::Test {
 protected:
  IngestTest() {
    names_ = journal_.register_names({"acme", "other"});
    SourceOptions options;
    options.name = "waba";
    options.kind = SourceKind::whatsapp;
    options.secrets = {"app secret"};
    options.verify_token = "token";
    plan_->destinations = {{"acme", names_.destinations.at("acme").number},
                           {"other", names_.destinations.at("other").number}};
    const std::string pointer = "/entry/0/changes/0/value/metadata/phone_number_id";
    const auto route = [&](const std::string& number, const std::string& to) {
      routing::ConditionOptions condition;
      condition.json = pointer;
      condition.equals = number;
      return routing::RouteOptions{to, "waba", {condition}, {to}, false};
    };
    const std::vector routes{route("111", "acme"), route("222", "other")};
    plan_->routes = *routing::RouteTable::compile(routes);
    Door& door = plan_->by_path["/in/waba"];
    door.source = *make_source(options);
    door.number = 1;
    door.probe = &probe_.source("waba");
  }

  static std::string message(const std::string& phone_number_id, const std::string& id) {
    return R"({"field":"messages","value":{"messaging_product":"whatsapp","metadata":{)"
           R"("phone_number_id":")" +
           phone_number_id + R"("},"messages":[{"id":")" + id + R"(","type":"text"}]}})";
  }

  static std::string post_of(const std::vector<std::string>& changes) {
    std::string body = R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[)";
    for (std::size_t i = 0; i < changes.size(); ++i) {
      body += (i == 0 ? "" : ",") + changes[i];
    }
    return body + "]}]}";
  }

  void submit(const std::string& body, std::vector<Answer>* answers,
              const std::string& secret = "app secret") {
    Delivered request{"POST", "", {}, body, memory_.reserve(body.size())};
    const core::Hmac hmac(core::HashAlgorithm::sha256, secret);
    request.headers.push_back({"X-Hub-Signature-256", "sha256=" + core::to_hex(hmac.sign({body}))});
    ingest_.accept(plan_, plan_->by_path.at("/in/waba"), std::move(request), executor_,
                   [answers](Answer answer) { answers->push_back(std::move(answer)); });
  }

  Answer post(const std::string& body, const std::string& secret = "app secret") {
    std::vector<Answer> answers;
    submit(body, &answers, secret);
    EXPECT_TRUE(answers.empty()) << "never from within accept()";
    time_.run_ready();
    EXPECT_EQ(answers.size(), 1U);
    return answers.at(0);
  }

  std::uint64_t pending(const std::string& name) {
    return journal_.counts(names_.destinations.at(name).number).in(DeliveryState::pending);
  }

  support::VirtualTime time_;
  support::VirtualExecutor executor_{time_};
  support::MemoryJournal journal_{time_};
  core::SeededRandom random_{3};
  core::Registry registry_;
  Probe probe_{registry_};
  core::ByteBudget memory_{1 << 20};
  journal::Names names_;
  std::shared_ptr<Plan> plan_ = std::make_shared<Plan>();
  std::vector<delivery::Opened> opened_;
  Ingest ingest_{journal_.store(),
                 journal_.writer(),
                 journal_,
                 time_,
                 random_,
                 [this](core::Executor&, std::vector<delivery::Opened> opened) {
                   for (delivery::Opened& one : opened) {
                     opened_.push_back(std::move(one));
                   }
                 }};
};

TEST_F(IngestTest, one_update_is_forwarded_untouched_to_its_tenant) {
  const std::string body = post_of({message("111", "wamid.A")});
  const Answer answer = post(body);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.count, 1U);
  EXPECT_FALSE(answer.duplicate);
  ASSERT_EQ(opened_.size(), 1U);
  EXPECT_EQ(opened_[0].event->body, body);
  EXPECT_TRUE(opened_[0].event->untouched);
  EXPECT_EQ(opened_[0].event->headers.size(), 1U);  // its signature still verifies
  EXPECT_EQ(pending("acme"), 1U);
  EXPECT_EQ(pending("other"), 0U);
}

TEST_F(IngestTest, updates_of_two_tenants_in_one_request_never_meet) {
  const Answer answer = post(post_of({message("111", "wamid.A"), message("222", "wamid.B")}));
  EXPECT_EQ(answer.count, 2U);
  ASSERT_EQ(opened_.size(), 2U);
  for (const delivery::Opened& opened : opened_) {
    const bool to_acme = opened.delivery.ref.destination == names_.destinations.at("acme").number;
    EXPECT_EQ(opened.event->body.contains("wamid.A"), to_acme);
    EXPECT_EQ(opened.event->body.contains("wamid.B"), !to_acme);
    EXPECT_FALSE(opened.event->untouched);
    EXPECT_TRUE(opened.event->headers.empty());  // the signature would not verify
  }
}

TEST_F(IngestTest, a_partly_known_batch_accepts_the_rest) {
  const Answer first = post(post_of({message("111", "wamid.A")}));
  const Answer second = post(post_of({message("111", "wamid.A"), message("111", "wamid.B")}));
  EXPECT_EQ(second.count, 2U);
  EXPECT_FALSE(second.duplicate);
  EXPECT_EQ(second.ids.at(0), first.ids.at(0));
  EXPECT_EQ(pending("acme"), 2U);
}

TEST_F(IngestTest, a_resent_request_gets_the_first_ids_and_the_same_status) {
  const std::string body = post_of({message("111", "wamid.A")});
  const Answer first = post(body);
  const Answer second = post(body);
  EXPECT_TRUE(second.duplicate);
  EXPECT_EQ(second.status, first.status);
  EXPECT_EQ(second.ids, first.ids);
  EXPECT_EQ(opened_.size(), 1U);
}

TEST_F(IngestTest, two_equal_requests_at_one_instant_become_one_event) {
  const std::string body = post_of({message("111", "wamid.A")});
  std::vector<Answer> answers;
  submit(body, &answers);
  submit(body, &answers);
  time_.run_ready();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].ids, answers[1].ids);
  EXPECT_NE(answers[0].duplicate, answers[1].duplicate);
  EXPECT_EQ(pending("acme"), 1U);
}

TEST_F(IngestTest, a_wrong_signature_burns_no_key) {
  const std::string body = post_of({message("111", "wamid.A")});
  const Answer refused = post(body, "another secret");
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.refusal.contains("signature_mismatch"));
  EXPECT_FALSE(post(body).duplicate);
}

TEST_F(IngestTest, what_matches_no_route_or_cannot_be_parsed_is_acked_and_kept_as_dead) {
  EXPECT_EQ(post(post_of({message("999", "wamid.A")})).status, 200);
  EXPECT_EQ(post("{\"entry\": [").status, 200);
  EXPECT_EQ(journal_.counts(journal::kNoDestination).in(DeliveryState::dead), 2U);
  EXPECT_TRUE(opened_.empty());
}

TEST_F(IngestTest, a_request_without_updates_is_acked_with_nothing_in_it) {
  const Answer answer = post(R"({"object":"whatsapp_business_account","entry":[]})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.count, 0U);
  EXPECT_FALSE(answer.duplicate);
}

TEST_F(IngestTest, a_route_added_later_takes_the_event_its_sender_repeats) {
  const std::string body = post_of({message("999", "wamid.A")});
  post(body);
  const std::vector routes{routing::RouteOptions{"rest", "waba", {}, {"other"}, true}};
  plan_->routes = *routing::RouteTable::compile(routes);
  const Answer again = post(body);
  EXPECT_TRUE(again.duplicate);
  ASSERT_EQ(opened_.size(), 1U);
  EXPECT_EQ(opened_[0].event, nullptr);  // an older event: read from the journal
  EXPECT_EQ(pending("other"), 1U);
}

TEST_F(IngestTest, envelopes_must_fit_into_the_memory_budget) {
  auto all = memory_.reserve((1 << 20) - 1500);
  std::vector<std::string> changes;
  for (int i = 0; i < 10; ++i) {
    changes.push_back(message("111", "wamid." + std::to_string(i)));
  }
  const Answer refused = post(post_of(changes));
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.retry_after);
  all = {};
  EXPECT_EQ(post(post_of(changes)).count, 10U);
}

TEST_F(IngestTest, only_what_its_ordering_key_lets_go_is_offered) {
  const auto order = [&](const std::string& name, const delivery::OrderingOptions& options) {
    plan_->orderings.emplace(names_.destinations.at(name).number, *Ordering::compile(options));
  };
  const std::string pointer = "/entry/0/changes/0/value/metadata/phone_number_id";
  order("acme", {.order = core::Order::per_key, .key = {.json = pointer}});
  order("other", {.order = core::Order::latest,
                  .key = {.json = pointer},
                  .version = {.json = "/entry/0/changes/0/value/messages/0/id"}});
  post(post_of({message("111", "m1")}));
  post(post_of({message("111", "m2")}));
  EXPECT_EQ(opened_.size(), 1U);
  EXPECT_EQ(pending("acme"), 2U);
  post(post_of({message("222", "m4"), message("222", "m3")}));
  EXPECT_EQ(opened_.size(), 2U);
  EXPECT_EQ(pending("other"), 1U);
  EXPECT_EQ(probe_.source("waba").no_route.value(), 0U);
  EXPECT_EQ(probe_.source("waba").unordered.value(), 0U);
}

TEST_F(IngestTest, events_without_an_ordering_key_go_without_order_and_are_counted) {
  plan_->orderings.emplace(names_.destinations.at("acme").number,
                           *Ordering::compile({.order = core::Order::per_key}));
  post(post_of({message("111", "m1")}));
  post(post_of({message("111", "m2")}));  // messages without a sender
  EXPECT_EQ(opened_.size(), 2U);
  EXPECT_EQ(probe_.source("waba").unordered.value(), 2U);
}

// Copies of deliveries, by a log that answers as told.
class ReplicatedIngestTest : public IngestTest {
 protected:
  ReplicatedIngestTest() {
    for (const auto& [name, number] : plan_->destinations) {
      plan_->destination_names[number] = name;
    }
    ingest_.replicate_with(replicator_);
    wants(OnUnavailable::refuse);
  }

  void wants(OnUnavailable unavailable) { plan_->by_path.at("/in/waba").replicated = unavailable; }

  struct Fence final : delivery::Fence {
    bool held = true;
    [[nodiscard]] bool holds() const override { return held; }
    [[nodiscard]] bool holds_for(core::Duration) const override { return held; }
    [[nodiscard]] std::uint64_t turn() const override { return 1; }
  };

  const std::string body_ = post_of({message("111", "wamid.A")});
  retry::FakeWriter writer_;
  Fence fence_;
  retry::ReplicaProbe replica_probe_{registry_};
  std::atomic<std::int32_t> partitions_{4};
  retry::Replicator replicator_{
      {.clock = time_,
       .commands = journal_,
       .writer = writer_,
       .lease = fence_,
       .probe = replica_probe_,
       .topics = retry::Topics("spillway"),
       .node = "n1",
       .node_tag = 1,
       .partitions = partitions_,
       .opened = [this](core::Executor&, std::vector<delivery::Opened> opened) {
         for (delivery::Opened& one : opened) {
           opened_.push_back(std::move(one));
         }
       }}};
};

TEST_F(ReplicatedIngestTest, nobody_is_told_and_nothing_attempted_before_the_copy_stands) {
  writer_.hangs = true;
  std::vector<Answer> answers;
  submit(body_, &answers);
  time_.run_ready();
  ASSERT_EQ(writer_.waiting.size(), 1U);
  EXPECT_EQ(writer_.written.at(0).topic, "spillway-accepted");
  EXPECT_TRUE(answers.empty());
  EXPECT_TRUE(opened_.empty());
  writer_.waiting.at(0)({});
  time_.run_ready();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers.at(0).replicated);
  ASSERT_EQ(opened_.size(), 1U);
  EXPECT_NE(opened_.at(0).event, nullptr);
}

TEST_F(ReplicatedIngestTest, without_a_copy_in_time_it_is_refused_and_known_once_it_stands) {
  writer_.hangs = true;
  std::vector<Answer> answers;
  submit(body_, &answers);
  time_.run_for(retry::Replicator::kDeadline);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers.at(0).status, 503);
  EXPECT_EQ(post(body_).status, 503);
  EXPECT_TRUE(opened_.empty());
  writer_.waiting.at(0)({});
  time_.run_ready();
  EXPECT_EQ(opened_.size(), 1U);
  const Answer known = post(body_);
  EXPECT_EQ(known.status, 200);
  EXPECT_TRUE(known.duplicate);
}

TEST_F(ReplicatedIngestTest, or_accepted_as_what_it_is) {
  wants(OnUnavailable::journal);
  fence_.held = false;
  const Answer answer = post(body_);
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.replicated);
  EXPECT_EQ(opened_.size(), 1U);
  EXPECT_TRUE(writer_.written.empty());
}

TEST_F(ReplicatedIngestTest, a_repeat_gives_up_no_copy_that_is_on_its_way) {
  wants(OnUnavailable::journal);
  writer_.hangs = true;
  std::vector<Answer> answers;
  submit(body_, &answers);
  time_.run_ready();
  const Answer repeat = post(body_);
  EXPECT_TRUE(repeat.duplicate);
  EXPECT_FALSE(repeat.replicated);
  writer_.waiting.at(0)({});
  time_.run_ready();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_TRUE(answers.at(0).replicated);
}

TEST_F(ReplicatedIngestTest, an_event_twice_in_one_request_waits_for_one_copy) {
  const Answer answer = post(post_of({message("111", "wamid.A"), message("111", "wamid.A")}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.count, 2U);
  EXPECT_TRUE(answer.replicated);
  EXPECT_EQ(writer_.written.size(), 1U);
}

}  // namespace
}  // namespace spillway::gateway
