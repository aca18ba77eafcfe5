// `spillway backup` against an admin API of canned answers and a checkpoint that is only files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "app/admin_commands.hpp"
#include "app/durable_copy.hpp"
#include "app/exit_code.hpp"
#include "canned_admin.hpp"

namespace spillway::app {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class BackupTest : public testing::Test {
 protected:
  BackupTest() {
    fs::create_directories(checkpoint_ / "journal");
    std::ofstream(checkpoint_ / "journal" / "CURRENT") << "MANIFEST-7\n";
  }
  ~BackupTest() override { fs::remove_all(directory_); }

  void stands() {
    node.put("POST /v1/checkpoint",
             R"({"directory":")" + checkpoint_.string() + R"(","files":1,"bytes":1048576})");
    node.put("DELETE /v1/checkpoint", R"({"removed":true})");
  }
  core::Result<Output> back_up(bool replace = false, OutputForm form = OutputForm::table) {
    return app::back_up(*admin, to_.string(), replace, form);
  }
  static std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const fs::path directory_ =
      fs::path(testing::TempDir()) / ("spillway_backup_" + std::to_string(::getpid()));
  const fs::path checkpoint_ = directory_ / "data" / "checkpoint";
  const fs::path to_ = directory_ / "monday";
  testing_support::CannedAdmin node;
  std::unique_ptr<AdminClient> admin =
      AdminClient::open({.url = node.url(), .token = "", .ca_file = ""}).value();
};

TEST_F(BackupTest, copies_the_checkpoint_and_lets_it_go) {
  stands();
  const auto backup = back_up();
  ASSERT_TRUE(backup) << backup.error().message;
  EXPECT_EQ(backup->text, "1 files, 1.0 MiB: everything that was acknowledged before is in " +
                              to_.string() + "\n");
  EXPECT_EQ(read(to_ / "journal" / "CURRENT"), "MANIFEST-7\n");
  EXPECT_EQ(fs::status(to_).permissions(), fs::perms::owner_all);
  EXPECT_THAT(node.requests(), ElementsAre("POST /v1/checkpoint", "DELETE /v1/checkpoint"));
}

TEST_F(BackupTest, tells_programs_where_it_is) {
  stands();
  EXPECT_EQ(back_up(false, OutputForm::json)->text,
            R"({"directory":")" + to_.string() + R"(","files":1,"bytes":1048576})" + "\n");
}

TEST_F(BackupTest, writes_over_nothing) {
  stands();
  fs::create_directory(to_);
  const auto backup = back_up();
  ASSERT_FALSE(backup);
  EXPECT_EQ(exit_code(backup.error().code), kUsage);
  EXPECT_TRUE(node.requests().empty());
}

TEST_F(BackupTest, a_checkpoint_on_another_machine_goes_too) {
  stands();
  fs::remove_all(checkpoint_);
  const auto backup = back_up();
  ASSERT_FALSE(backup);
  EXPECT_THAT(backup.error().message, HasSubstr("run this where the node runs"));
  EXPECT_FALSE(fs::exists(to_));
  EXPECT_EQ(node.requests().back(), "DELETE /v1/checkpoint");
}

TEST_F(BackupTest, what_cannot_be_copied_leaves_nothing_half) {
  stands();
  fs::create_symlink("nowhere", checkpoint_ / "journal" / "broken");
  EXPECT_FALSE(back_up());
  EXPECT_FALSE(fs::exists(to_));
  EXPECT_FALSE(fs::exists(to_.string() + ".partial"));
  EXPECT_EQ(node.requests().back(), "DELETE /v1/checkpoint");
}

TEST_F(BackupTest, what_a_copy_before_left_goes) {
  stands();
  fs::create_directory(to_.string() + ".partial");
  ASSERT_TRUE(back_up());
  EXPECT_FALSE(fs::exists(to_.string() + ".partial"));
}

TEST_F(BackupTest, says_how_to_replace_one_that_stands) {
  node.put("POST /v1/checkpoint", R"({"detail":"a checkpoint stands"})", 409);
  EXPECT_THAT(back_up().error().message, HasSubstr("--replace"));
  // Somebody else's is left alone.
  EXPECT_THAT(node.requests(), ElementsAre("POST /v1/checkpoint"));
}

}  // namespace
}  // namespace spillway::app
