// What the commands make of their arguments, without running them.
#include "app/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "app/admin_commands.hpp"
#include "app/completion.hpp"
#include "app/demo.hpp"
#include "app/node_commands.hpp"
#include "app/send.hpp"
#include "app/sink.hpp"
#include "app/version.hpp"

namespace spillway::app {
namespace {

using testing::HasSubstr;

// What a command line comes to; "fine" when a command was chosen.
std::string read(std::vector<std::string> words) {
  Program program("", "");
  Command chosen;
  add_send(program.line(), chosen);
  add_sink(program.line(), chosen);
  add_demo(program.line(), chosen);
  add_dead(program.line(), chosen);
  add_purge(program.line(), chosen);
  add_version(program.line(), chosen);
  if (const auto end = program.read(std::move(words))) {
    return end->text;
  }
  return chosen ? "fine" : "nothing was chosen";
}

// Of words without spaces in them.
std::string parse(const std::string& line) {
  std::istringstream in(line);
  return read({std::istream_iterator<std::string>(in), {}});
}

TEST(CommandLine, takes_what_is_right) {
  EXPECT_EQ(parse("send http://127.0.0.1:1/in/a -k whatsapp --secret s --batch 3 -n 5"), "fine");
  EXPECT_EQ(read({"send", "http://127.0.0.1:1/in/a", "-H", "X-A: b", "-d", "{}", "--for", "2s"}),
            "fine");
  EXPECT_EQ(parse("sink --port 0 --fail 0.3 --down-every 1m --down-for 20s --hang"), "fine");
  EXPECT_EQ(parse("demo --for 30s --rate 20 --admin-port 0"), "fine");
  EXPECT_EQ(parse("dead drop --all --yes"), "fine");
}

TEST(CommandLine, tells_the_version_as_a_command_and_as_a_flag) {
  EXPECT_EQ(parse("version"), "fine");
  EXPECT_EQ(parse("--version"), std::string(build_description()) + "\n");
}

TEST(CommandLine, says_what_is_wrong) {
  EXPECT_THAT(parse("send"), HasSubstr("url is required"));
  EXPECT_THAT(parse("send http://a --for 5"), HasSubstr("expected a duration such as 500ms"));
  EXPECT_THAT(parse("send http://a -H nonsense"), HasSubstr("expected \"Name: value\""));
  EXPECT_THAT(parse("send http://a -k telegram"), HasSubstr("telegram"));
  EXPECT_THAT(parse("send http://a -d {} -f x"), HasSubstr("excludes"));
  EXPECT_THAT(parse("send http://a -f /does/not/exist"), HasSubstr("cannot be read"));
  EXPECT_THAT(parse("send http://a -c 0"), HasSubstr("not in range"));
  EXPECT_THAT(parse("send http://a -n -1"), HasSubstr("-1 not in range"));
  EXPECT_THAT(parse("sink --fail 2"), HasSubstr("a share from 0 to 1"));
  EXPECT_THAT(parse("sink --status 99"), HasSubstr("200 to 599"));
  EXPECT_THAT(parse("sink --port 70000"), HasSubstr("70000"));
  EXPECT_THAT(parse("demo --rate 0"), HasSubstr("not in range"));
  EXPECT_THAT(parse("demo --rate nan"), HasSubstr("not in range"));
  EXPECT_THAT(parse("dead drop --yes"), HasSubstr("say --all"));
  EXPECT_THAT(parse("dead list --state alive"), HasSubstr("alive"));
}

TEST(CommandLine, names_the_command_that_is_unknown_and_the_nearest_or_all) {
  EXPECT_EQ(parse("frobnicate"),
            "unknown command \"frobnicate\"; expected one of: send, sink, demo, dead, purge, "
            "version");
  EXPECT_EQ(parse("snd http://a"), "unknown command \"snd\"; did you mean \"send\"?");
  EXPECT_EQ(parse("dead lits"), "unknown command \"lits\"; did you mean \"list\"?");
  EXPECT_EQ(parse("dead"), "a command is missing; expected one of: list, replay, drop");
  EXPECT_EQ(parse(""),
            "a command is missing; expected one of: send, sink, demo, dead, purge, "
            "version");
}

TEST(CommandLine, help_is_no_mistake) {
  Program program("about this", "at its end");
  Command chosen;
  add_dead(program.line(), chosen);
  const auto end = program.read({"dead", "list", "--help"});
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->asked);
  EXPECT_THAT(end->text, HasSubstr("--limit"));
  EXPECT_FALSE(chosen);
}

TEST(CommandLine, one_of_a_group_is_needed_and_not_two) {
  EXPECT_EQ(read({"purge", "--ordering-key", "k"}), "fine");
  EXPECT_NE(read({"purge"}), "fine");
  EXPECT_NE(read({"purge", "--ordering-key", "k", "--source", "s", "--key", "i"}), "fine");
}

TEST(CommandLine, a_shell_is_told_of_every_command_when_the_command_runs) {
  Program program("", "");
  Command chosen;
  add_purge(program.line(), chosen);
  add_dead(program.line(), chosen);
  add_completion(program.line(), chosen);
  ASSERT_FALSE(program.read({"completion", "bash"}));
  testing::internal::CaptureStdout();
  EXPECT_EQ(chosen(), 0);
  const std::string script = testing::internal::GetCapturedStdout();
  EXPECT_THAT(script, HasSubstr("'dead list') words='"));
  EXPECT_THAT(script, HasSubstr("--ordering-key"));  // of a group
  EXPECT_THAT(script, testing::Not(HasSubstr("'purge ')")));
}

}  // namespace
}  // namespace spillway::app
