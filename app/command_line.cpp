#include "app/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "config/units.hpp"

namespace spillway::app {

namespace {

std::vector<CLI::App*> all_of(CLI::App& app) {
  return app.get_subcommands([](CLI::App*) { return true; });
}

// Of options, not a command.
bool is_group(const CLI::App& app) {
  return app.get_name().empty();
}

// What is wrong with the commands given, when reading ended because one was required; empty when
// they are not what was wrong.
std::optional<std::string> wrong_command(CLI::App& app) {
  CLI::App* group = &app;
  while (!group->get_subcommands().empty()) {
    group = group->get_subcommands().front();
  }
  if (group->get_require_subcommand_min() == 0) {
    return std::nullopt;
  }
  std::vector<std::string> known;
  for (const CLI::App* command : all_of(*group)) {
    known.push_back(command->get_name());
  }
  const std::vector<std::string> found = group->remaining();
  if (found.empty()) {
    return fmt::format("a command is missing; expected one of: {}", fmt::join(known, ", "));
  }
  const std::string& word = found.front();
  const std::string_view meant = config::nearest(word, known);
  return meant.empty() ? fmt::format("unknown command \"{}\"; expected one of: {}", word,
                                     fmt::join(known, ", "))
                       : fmt::format("unknown command \"{}\"; did you mean \"{}\"?", word, meant);
}

}  // namespace

const Option& Option::required() const {
  option_->required();
  return *this;
}

const Option& Option::shows_default() const {
  option_->capture_default_str();
  return *this;
}

const Option& Option::from_environment(const std::string& variable) const {
  option_->envname(variable);
  return *this;
}

const Option& Option::between(std::uint64_t least, std::uint64_t most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

const Option& Option::between(std::int64_t least, std::int64_t most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

// CLI11's own range takes what is not a number.
const Option& Option::between(double least, double most) const {
  option_->check([least, most](const std::string& text) {
    double value = 0;
    const bool fits = CLI::detail::lexical_cast(text, value) && value >= least && value <= most;
    return fits ? std::string() : fmt::format("Value {} not in range {} to {}", text, least, most);
  });
  return *this;
}

const Option& Option::one_of(std::vector<std::string> words) const {
  option_->check(CLI::IsMember(std::move(words)));
  return *this;
}

const Option& Option::needs(const Option& other) const {
  option_->needs(other.option_);
  return *this;
}

const Option& Option::excludes(const Option& other) const {
  option_->excludes(other.option_);
  return *this;
}

CommandLine CommandLine::add_command(const std::string& name, const std::string& help) const {
  return CommandLine(app_->add_subcommand(name, help));
}

void CommandLine::needs_command() const {
  app_->require_subcommand(1);
}

void CommandLine::footer(const std::string& text) const {
  app_->footer(text);
}

void CommandLine::version_flag(const std::string& name, const std::string& text,
                               const std::string& help) const {
  app_->set_version_flag(name, text, help);
}

void CommandLine::when_chosen(std::function<void()> then) const {
  app_->callback(std::move(then));
}

template <class Value>
Option CommandLine::option(const std::string& names, Value& value, const std::string& help) const {
  return Option(app_->add_option(names, value, help));
}
template Option CommandLine::option(const std::string&, std::string&, const std::string&) const;
template Option CommandLine::option(const std::string&, std::optional<std::string>&,
                                    const std::string&) const;
template Option CommandLine::option(const std::string&, std::vector<std::string>&,
                                    const std::string&) const;
template Option CommandLine::option(const std::string&, std::uint16_t&, const std::string&) const;
template Option CommandLine::option(const std::string&, std::optional<std::uint16_t>&,
                                    const std::string&) const;
template Option CommandLine::option(const std::string&, std::uint64_t&, const std::string&) const;
template Option CommandLine::option(const std::string&, std::int64_t&, const std::string&) const;
template Option CommandLine::option(const std::string&, double&, const std::string&) const;

Option CommandLine::flag(const std::string& names, bool& value, const std::string& help) const {
  return Option(app_->add_flag(names, value, help));
}

Option CommandLine::duration(const std::string& names, core::Duration& value,
                             const std::string& help) const {
  return parsed(
      names, "DURATION",
      [&value](const std::string& text) -> core::Result<void> {
        const auto duration = config::parse_duration(text);
        if (!duration) {
          return core::fail(core::ErrorCode::invalid_argument,
                            fmt::format("found \"{}\", expected {}", text, config::kDurationForm));
        }
        value = *duration;
        return {};
      },
      help);
}

Option CommandLine::parsed(const std::string& names, const std::string& form,
                           std::function<core::Result<void>(const std::string& text)> read,
                           const std::string& help) const {
  const auto take = [names, read = std::move(read)](const std::string& text) {
    if (const auto taken = read(text); !taken) {
      throw CLI::ValidationError(names, taken.error().message);
    }
  };
  return Option(app_->add_option_function<std::string>(names, take, help)->type_name(form));
}

CommandLine CommandLine::exactly_one() const {
  CLI::App* group = app_->add_option_group("exactly one of these");
  group->require_option(1);
  return CommandLine(group);
}

std::string CommandLine::name() const {
  return app_->get_name();
}

std::vector<CommandLine> CommandLine::commands() const {
  std::vector<CommandLine> commands;
  for (CLI::App* command : all_of(*app_)) {
    if (!is_group(*command)) {
      commands.emplace_back(command);
    }
  }
  return commands;
}

std::vector<std::string> CommandLine::long_options() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : std::as_const(*app_).get_options()) {
    std::ranges::copy(option->get_lnames(), std::back_inserter(names));
  }
  for (CLI::App* command : all_of(*app_)) {
    if (is_group(*command)) {
      std::ranges::copy(CommandLine(command).long_options(), std::back_inserter(names));
    }
  }
  return names;
}

Program::Program(const std::string& about, const std::string& footer)
    : app_(std::make_unique<CLI::App>(about, "spillway")) {
  app_->footer(footer);
  app_->require_subcommand(1);
}

Program::~Program() = default;

CommandLine Program::line() {
  return CommandLine(app_.get());
}

std::optional<Program::End> Program::read(std::vector<std::string> words) {
  std::ranges::reverse(words);  // as CLI11 takes them
  try {
    app_->parse(std::move(words));
    return std::nullopt;
  } catch (const CLI::RequiredError& error) {
    return End{.text = wrong_command(*app_).value_or(error.what())};
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream ignored;
    const bool asked = app_->exit(error, out, ignored) == 0;
    return End{.asked = asked, .text = asked ? out.str() : error.what()};
  } catch (const UsageError& error) {
    return End{.text = error.what()};
  }
}

}  // namespace spillway::app
