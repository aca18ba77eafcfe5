#include "app/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <vector>

#include "app/exit_code.hpp"

namespace spillway::app {
namespace {

// What may follow the words of a command: its own commands, or its options.
struct Place {
  std::string path;  // "events list"; empty: nothing was said yet
  std::vector<std::string> words;
};

void collect(const CommandLine& command, const std::string& path, std::vector<Place>& places) {
  Place place{path, {}};
  const std::vector<CommandLine> commands = command.commands();
  for (const CommandLine& sub : commands) {
    place.words.push_back(sub.name());
  }
  for (const std::string& option : command.long_options()) {
    place.words.push_back("--" + option);
  }
  std::ranges::sort(place.words);
  places.push_back(std::move(place));
  for (const CommandLine& sub : commands) {
    collect(sub, path.empty() ? sub.name() : path + " " + sub.name(), places);
  }
}

std::vector<Place> places_of(const CommandLine& app) {
  std::vector<Place> places;
  collect(app, "", places);
  return places;
}

// Goes along the words that are there for as long as they name a command.
std::string bash(const std::vector<Place>& places) {
  std::string out = "_spillway() {\n  local path= words= word i\n";
  out += "  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=${COMP_WORDS[i]}\n";
  out += "    case \"${path:+$path }$word\" in\n";
  for (const Place& place : places) {
    if (!place.path.empty()) {
      fmt::format_to(std::back_inserter(out), "      '{}') path='{}' ;;\n", place.path, place.path);
    }
  }
  out += "    esac\n  done\n  case \"$path\" in\n";
  for (const Place& place : places) {
    fmt::format_to(std::back_inserter(out), "    '{}') words='{}' ;;\n", place.path,
                   fmt::join(place.words, " "));
  }
  out += "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n";
  out += "complete -o default -F _spillway spillway\n";
  return out;
}

std::string zsh(const std::vector<Place>& places) {
  return "#compdef spillway\nautoload -U +X bashcompinit && bashcompinit\n" + bash(places);
}

std::string fish(const std::vector<Place>& places) {
  std::string out = "function __spillway_at\n  set -l path ''\n";
  out += "  for word in (commandline -opc)[2..-1]\n    switch (string trim \"$path $word\")\n";
  for (const Place& place : places) {
    if (!place.path.empty()) {
      fmt::format_to(std::back_inserter(out), "      case '{}'\n        set path '{}'\n",
                     place.path, place.path);
    }
  }
  out += "    end\n  end\n  test \"$path\" = \"$argv[1]\"\nend\n";
  for (const Place& place : places) {
    fmt::format_to(std::back_inserter(out),
                   "complete -c spillway -n \"__spillway_at '{}'\" -a '{}'\n", place.path,
                   fmt::join(place.words, " "));
  }
  return out;
}

}  // namespace

std::optional<std::string> completion_script(const CommandLine& app, std::string_view shell) {
  const std::vector<Place> places = places_of(app);
  if (shell == "bash") {
    return bash(places);
  }
  if (shell == "zsh") {
    return zsh(places);
  }
  return shell == "fish" ? std::optional(fish(places)) : std::nullopt;
}

void add_completion(CommandLine app, Command& chosen) {
  CommandLine command =
      app.add_command("completion", "A script by which a shell completes these commands");
  const auto shell = std::make_shared<std::string>();
  command.option("shell", *shell, "bash, zsh or fish").required().one_of({"bash", "zsh", "fish"});
  command.footer("For bash: source <(spillway completion bash)");
  command.when_chosen([shell, app, &chosen] {
    chosen = [shell, app] {
      fmt::print("{}", completion_script(app, *shell).value_or(""));
      return kOk;
    };
  });
}

}  // namespace spillway::app
