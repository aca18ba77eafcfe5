// `spillway backup` against an admin API of canned answers and a checkpoint that is only files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

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

  // As the node tells it; the file holds 11 bytes.
  void stands(const std::string& bytes = "11") {
    node.put("POST /v1/checkpoint", R"({"name":"7","directory":")" + checkpoint_.string() +
                                        R"(","files":1,"bytes":)" + bytes + "}");
    node.put("DELETE /v1/checkpoint/7", R"({"removed":true})");
  }
  core::Result<Output> back_up(bool replace = false, OutputForm form = OutputForm::table) {
    return app::back_up(*admin, to_.string(), replace, form);
  }
  static std::vector<std::string> names_in(const fs::path& directory) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) {
      names.push_back(entry.path().filename());
    }
    return names;
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
  EXPECT_EQ(backup->text, "1 files, 0.0 MiB: everything that was acknowledged before is in " +
                              to_.string() + "\n");
  EXPECT_EQ(read(to_ / "journal" / "CURRENT"), "MANIFEST-7\n");
  EXPECT_EQ(fs::status(to_).permissions(), fs::perms::owner_all);
  EXPECT_THAT(node.requests(), ElementsAre("POST /v1/checkpoint", "DELETE /v1/checkpoint/7"));
}

TEST_F(BackupTest, tells_programs_where_it_is) {
  stands();
  EXPECT_EQ(back_up(false, OutputForm::json)->text,
            R"({"directory":")" + to_.string() + R"(","files":1,"bytes":11})" + "\n");
}

TEST_F(BackupTest, writes_over_nothing) {
  stands();
  fs::create_directory(to_);
  const auto backup = back_up();
  ASSERT_FALSE(backup);
  EXPECT_EQ(exit_code(backup.error().code), kUsage);
  EXPECT_TRUE(node.requests().empty());
}

TEST_F(BackupTest, takes_no_empty_name) {
  stands();
  EXPECT_EQ(exit_code(app::back_up(*admin, "", false, OutputForm::table).error().code), kUsage);
  EXPECT_TRUE(node.requests().empty());
}

TEST_F(BackupTest, a_checkpoint_on_another_machine_goes_too) {
  stands();
  fs::remove_all(checkpoint_);
  const auto backup = back_up();
  ASSERT_FALSE(backup);
  EXPECT_THAT(backup.error().message, HasSubstr("run this where the node runs"));
  EXPECT_FALSE(fs::exists(to_));
  EXPECT_EQ(node.requests().back(), "DELETE /v1/checkpoint/7");
}

TEST_F(BackupTest, what_cannot_be_copied_leaves_nothing_half) {
  stands();
  fs::create_symlink("nowhere", checkpoint_ / "journal" / "broken");
  EXPECT_FALSE(back_up());
  EXPECT_THAT(names_in(directory_), ElementsAre("data"));
  EXPECT_EQ(node.requests().back(), "DELETE /v1/checkpoint/7");
}

TEST_F(BackupTest, a_checkpoint_that_is_not_as_it_was_told_is_no_backup) {
  stands("12");
  const auto backup = back_up();
  ASSERT_FALSE(backup);
  EXPECT_THAT(backup.error().message, HasSubstr("changed while it was copied"));
  EXPECT_THAT(names_in(directory_), ElementsAre("data"));
}

TEST_F(BackupTest, leaves_a_checkpoint_that_stands_to_its_owner) {
  node.put("POST /v1/checkpoint", R"({"detail":"a checkpoint stands"})", 409);
  EXPECT_EQ(back_up().error().message, "a checkpoint stands");
  EXPECT_THAT(node.requests(), ElementsAre("POST /v1/checkpoint"));
}

TEST_F(BackupTest, everything_is_synced_before_the_copy_has_its_name_and_that_after) {
  std::vector<std::pair<std::string, bool>> synced;
  const auto note = [&](const fs::path& path) {
    synced.emplace_back(path.filename(), fs::exists(to_));
    return std::error_code();
  };
  ASSERT_TRUE(copy_durably(checkpoint_, to_, {.files = 1, .bytes = 11}, note));
  ASSERT_EQ(synced.size(), 4U);
  EXPECT_EQ(synced[0], std::pair(std::string("CURRENT"), false));
  EXPECT_EQ(synced[1], std::pair(std::string("journal"), false));
  EXPECT_FALSE(synced[2].second);  // the copy itself, by another name
  EXPECT_EQ(synced[3], std::pair(directory_.filename().string(), true));
}

TEST_F(BackupTest, a_copy_that_cannot_be_synced_is_none) {
  const auto fails = [](const fs::path&) { return std::make_error_code(std::errc::io_error); };
  EXPECT_FALSE(copy_durably(checkpoint_, to_, {.files = 1, .bytes = 11}, fails));
  EXPECT_THAT(names_in(directory_), ElementsAre("data"));
}

}  // namespace
}  // namespace spillway::app
