// What the front door decides on a request's head.
#include "gateway/front_door.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "core/headers.hpp"
#include "core/random.hpp"
#include "tests/support/memory_journal.hpp"
#include "tests/support/virtual_time.hpp"

namespace spillway::gateway {
namespace {

class FrontDoorTest : public testing::Test {
 protected:
  FrontDoorTest() {
    auto plan = std::make_shared<Plan>();
    SourceOptions options;
    options.name = "open";
    add(*plan, options);
    options.name = "waba";
    options.kind = SourceKind::whatsapp;
    options.secrets = {"app secret"};
    add(*plan, options);
    gate_.plan.store(std::move(plan));
  }

  void add(Plan& plan, const SourceOptions& options) {
    Door& door = plan.by_path["/in/" + options.name];
    door.source = make_source(options).value();
    door.probe = &probe_.source(options.name);
  }

  // The methods that a refusal names; empty when the request is admitted.
  std::string allowed(const std::string& method, const std::string& path) {
    http::RequestHead head;
    head.method = method;
    head.path = path;
    const auto admitted = front_door_.admit(head);
    if (admitted) {
      return "";
    }
    EXPECT_EQ(admitted.error().status, 405);
    return std::string(core::find_header(admitted.error().headers, "Allow").value_or("(none)"));
  }

  support::VirtualTime time_;
  support::VirtualExecutor executor_{time_};
  support::MemoryJournal journal_{time_};
  core::SeededRandom random_{1};
  core::Registry registry_;
  Probe probe_{registry_};
  core::ByteBudget memory_{1 << 20};
  Gate gate_;
  Ingest ingest_{journal_.store(), journal_.writer(),
                 journal_,         time_,
                 random_,          [](core::Executor&, const std::vector<delivery::Opened>&) {}};
  FrontDoor front_door_{ingest_, gate_, memory_, time_, executor_, probe_};
};

TEST_F(FrontDoorTest, names_get_as_allowed_only_where_the_source_has_a_handshake) {
  EXPECT_EQ(allowed("PUT", "/in/waba"), "GET, POST");
  EXPECT_EQ(allowed("PUT", "/in/open"), "POST");
  EXPECT_EQ(allowed("GET", "/in/waba"), "");
  EXPECT_EQ(allowed("POST", "/in/waba"), "");
}

TEST_F(FrontDoorTest, counts_what_comes_to_a_path_without_a_source) {
  http::RequestHead head;
  head.method = "POST";
  head.path = "/in/nobody";
  const auto admitted = front_door_.admit(head);
  ASSERT_FALSE(admitted);
  EXPECT_EQ(admitted.error().status, 404);
  EXPECT_EQ(probe_.no_source.value(), 1U);
  head.path = "/in/open";
  EXPECT_TRUE(front_door_.admit(head));
  EXPECT_EQ(probe_.no_source.value(), 1U);
}

TEST(Gate, gives_room_until_it_is_used_up_and_again_after_the_next_look) {
  Gate gate;
  EXPECT_TRUE(gate.take_disk_room(1 << 30));  // nobody has looked yet: nothing is short
  gate.disk_room = 1000;
  EXPECT_TRUE(gate.take_disk_room(600));
  EXPECT_FALSE(gate.take_disk_room(600));
  EXPECT_TRUE(gate.take_disk_room(400));  // a smaller one still fits
  EXPECT_FALSE(gate.take_disk_room(1));
  gate.disk_room = 1000;
  EXPECT_TRUE(gate.take_disk_room(1000));
}

}  // namespace
}  // namespace spillway::gateway
