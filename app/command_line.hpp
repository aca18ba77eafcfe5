// The command line as the commands declare it: each adds itself, its options and what to run once
// everything has been read. CLI11 does the reading, but only command_line.cpp sees its headers,
// which take longer to compile than any command does. Main thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace spillway::app {

using Command = std::function<int()>;  // returns the exit code

// What a command finds wrong with its options together; thrown when it is chosen.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// An option of a command. A handle: it lives in the program's line.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  const Option& required() const;
  const Option& shows_default() const;  // in the help: the value that the variable has
  const Option& from_environment(const std::string& variable) const;
  const Option& between(std::uint64_t least, std::uint64_t most) const;
  const Option& between(std::int64_t least, std::int64_t most) const;
  const Option& between(double least, double most) const;
  const Option& one_of(std::vector<std::string> words) const;
  const Option& needs(const Option& other) const;
  const Option& excludes(const Option& other) const;

 private:
  CLI::Option* option_;
};

// One command with its options, or the program itself. A handle, too: to be copied, also into what
// runs later. The variables that its options fill must outlive the reading.
class CommandLine {
 public:
  explicit CommandLine(CLI::App* app) : app_(app) {}

  [[nodiscard]] CommandLine add_command(const std::string& name, const std::string& help) const;
  // Alone it is an error.
  void needs_command() const;
  void footer(const std::string& text) const;
  void version_flag(const std::string& name, const std::string& text,
                    const std::string& help) const;
  // Called when it was the command given and all of its options are read.
  void when_chosen(std::function<void()> then) const;

  // Names as "-k,--kind", or "file" where the place says which it is. A text, perhaps none, a list
  // of them, or a number of the types that the source file names.
  template <class Value>
  Option option(const std::string& names, Value& value, const std::string& help = "") const;
  Option flag(const std::string& names, bool& value, const std::string& help) const;
  // Such as 500ms or 30s.
  Option duration(const std::string& names, core::Duration& value, const std::string& help) const;
  // One of the words, which each stand for a value.
  template <class Value>
  Option choice(const std::string& names, Value& value, std::map<std::string, Value> words,
                const std::string& help) const;
  // Any other: what `read` finds wrong with the text is a usage error. `form`: RATE, say.
  Option parsed(const std::string& names, const std::string& form,
                std::function<core::Result<void>(const std::string& text)> read,
                const std::string& help) const;
  // For options of which exactly one must be given.
  [[nodiscard]] CommandLine exactly_one() const;

  // What is there, for whoever writes about it.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::vector<CommandLine> commands() const;
  [[nodiscard]] std::vector<std::string> long_options() const;

 private:
  CLI::App* app_;
};

// The whole line.
class Program {
 public:
  Program(const std::string& about, const std::string& footer);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] CommandLine line();

  // Why nothing is to be run: help or the version was asked for, or something is wrong.
  struct End {
    bool asked = false;
    std::string text;
  };
  // The words behind the program's name. Empty: a command was chosen.
  [[nodiscard]] std::optional<End> read(std::vector<std::string> words);

 private:
  std::unique_ptr<CLI::App> app_;
};

template <class Value>
Option CommandLine::choice(const std::string& names, Value& value,
                           std::map<std::string, Value> words, const std::string& help) const {
  std::vector<std::string> known;
  known.reserve(words.size());
  for (const auto& [word, meant] : words) {
    known.push_back(word);
  }
  const Option option = parsed(
      names, "WORD",
      [&value, words = std::move(words)](const std::string& text) -> core::Result<void> {
        if (const auto found = words.find(text); found != words.end()) {
          value = found->second;
        }
        return {};
      },
      help);
  return option.one_of(std::move(known));
}

}  // namespace spillway::app
