#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"
#include "core/json_text.hpp"

namespace spillway::app {
namespace {

// What the API takes at once.
constexpr std::size_t kLinesMax = 10'000;
constexpr std::size_t kBytesMax = std::size_t{1} << 20;

std::string member_of(const std::string& source) {
  return source.empty() ? "event_id" : "idempotency_key";
}

// A key, or a key and the time it was sent at, with a tab between them.
void write_key(core::JsonWriter& json, std::string_view line) {
  const std::size_t tab = line.find('\t');
  if (tab == std::string_view::npos) {
    json.value(line);
    return;
  }
  json.begin_object();
  json.key("key").value(line.substr(0, tab));
  json.key("sent").value(line.substr(tab + 1));
  json.end_object();
}

std::string body_of(const std::string& source, std::span<const std::string> lines) {
  core::JsonWriter json;
  json.begin_object();
  if (!source.empty()) {
    json.key("source").value(source);
  }
  json.key(member_of(source) + "s").begin_array();
  for (const std::string& line : lines) {
    if (source.empty()) {
      json.value(line);
    } else {
      write_key(json, line);
    }
  }
  json.end_array();
  return json.end_object().take();
}

// The next lines that are asked about together; none at the end.
std::vector<std::string> read_lines(std::istream& in) {
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  std::string line;
  while (lines.size() < kLinesMax && bytes < kBytesMax && std::getline(in, line)) {
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    if (!line.empty()) {
      bytes += line.size();
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

bool arrived(const AnswerValue& events) {
  return std::ranges::all_of(events.elements(), [](const AnswerValue& event) {
    return std::ranges::all_of(event["deliveries"].elements(), [](const AnswerValue& delivery) {
      return delivery["state"].text() == "delivered";
    });
  });
}

std::string deliveries_text(const AnswerValue& event) {
  if (event["deliveries"].is_null()) {
    return "(forgotten)";
  }
  std::string out;
  for (const AnswerValue& delivery : event["deliveries"].elements()) {
    out += fmt::format("{}{}:{}", out.empty() ? "" : " ", delivery["destination"].text(),
                       delivery["state"].text());
  }
  return out;
}

// Adds up the answers about a list, and shows what a person has to look at.
class Report {
 public:
  explicit Report(std::string member)
      : member_(std::move(member)), table_({"fate", member_, "event", "deliveries"}) {}

  void take(const Answer& answer) {
    node_ = answer["node"].text();
    as_of_ = answer["as_of"].text();
    horizon_ = answer["horizon"].text();
    known_ += answer["known"].count();
    unknown_ += answer["unknown"].count();
    beyond_ += answer["beyond_horizon"].count();
    not_answered_ += answer["not_answered"].count();
    for (const AnswerValue& node : answer["nodes"].elements()) {
      if (!node["done"].is_true()) {
        absent_[node["node"].text()] = node["error"].text();
      }
    }
    for (const AnswerValue& result : answer["results"].elements()) {
      add(result);
    }
    pages_.append(answer.text()).append("\n");
  }

  Output finish(OutputForm form) {
    Output output{form == OutputForm::json ? std::move(pages_) : text(),
                  unknown_ + not_answered_ > 0 ? kProblem : kOk};
    return output;
  }

 private:
  void add(const AnswerValue& result) {
    const std::string fate = result["fate"].text();
    const std::vector<AnswerValue> events = result["events"].elements();
    if (events.empty()) {
      table_.add({fate, result[member_].text(), "-", "-"});
    }
    if (arrived(result["events"])) {
      return;
    }
    for (const AnswerValue& event : events) {
      table_.add({fate, result[member_].text(), event["event_id"].text(), deliveries_text(event)});
    }
  }

  [[nodiscard]] std::string text() const {
    std::string out = table_.empty() ? "" : table_.text();
    fmt::format_to(std::back_inserter(out), "{} known, {} unknown, {} beyond the horizon", known_,
                   unknown_, beyond_);
    if (not_answered_ > 0) {
      fmt::format_to(std::back_inserter(out), ", {} not answered", not_answered_);
    }
    fmt::format_to(std::back_inserter(out), "; asked of {} as of {}{}\n", printable(node_), as_of_,
                   horizon_.empty() ? "" : fmt::format(", horizon {}", horizon_));
    for (const auto& [node, error] : absent_) {
      fmt::format_to(std::back_inserter(out), "node {} did not answer: {}\n", printable(node),
                     printable(error));
    }
    return out;
  }

  std::string member_;
  Table table_;
  std::string pages_;
  std::string node_;
  std::string as_of_;
  std::string horizon_;
  std::uint64_t known_ = 0;
  std::uint64_t unknown_ = 0;
  std::uint64_t beyond_ = 0;
  std::uint64_t not_answered_ = 0;
  std::map<std::string, std::string> absent_;  // nodes, and why
};

struct ReconcileArguments : AdminArguments {
  std::string source;
  std::string file = "-";
  bool events = false;
};

core::Result<Output> reconcile_file(AdminClient& admin, const ReconcileArguments& arguments) {
  if (arguments.file == "-") {
    return reconcile(admin, arguments.source, std::cin, arguments.form());
  }
  std::ifstream file(arguments.file);
  if (!file) {
    return core::fail(core::ErrorCode::invalid_argument,
                      fmt::format("{} cannot be read", arguments.file));
  }
  return reconcile(admin, arguments.source, file, arguments.form());
}

}  // namespace

core::Result<Output> reconcile(AdminClient& admin, const std::string& source, std::istream& in,
                               OutputForm form) {
  Report report(member_of(source));
  auto lines = read_lines(in);
  if (lines.empty()) {
    return core::fail(core::ErrorCode::invalid_argument, "the list is empty");
  }
  for (; !lines.empty(); lines = read_lines(in)) {
    for (std::span<const std::string> left(lines); !left.empty();) {
      const auto answer = Answer::parse(admin.post("/v1/reconcile", body_of(source, left)));
      if (!answer) {
        return std::unexpected(answer.error());
      }
      // Fewer than asked when the node's time for one answer was over.
      const std::size_t answered = (*answer)["results"].elements().size();
      if (answered == 0 || answered > left.size()) {
        return core::fail(core::ErrorCode::corrupt,
                          fmt::format("{} were asked for and {} answered", left.size(), answered));
      }
      report.take(*answer);
      left = left.subspan(answered);
    }
  }
  return report.finish(form);
}

void add_reconcile(CommandLine app, Command& chosen) {
  CommandLine command = app.add_command(
      "reconcile", "Compare a list of your own with what the node has: what never arrived?");
  const auto arguments = std::make_shared<ReconcileArguments>();
  add_admin_options(command, *arguments);
  const Option source = command.option("--source", arguments->source,
                                       "The list holds idempotency keys of this source");
  command.flag("--events", arguments->events, "The list holds event ids").excludes(source);
  command.option("file", arguments->file,
                 "One a line, a key perhaps with a tab and the time it was sent at; -: "
                 "standard input");
  command.when_chosen([arguments, &chosen] {
    if (arguments->events == !arguments->source.empty()) {
      throw UsageError("say --source for idempotency keys or --events for event ids");
    }
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return reconcile_file(admin, *arguments);
      });
    };
  });
}

}  // namespace spillway::app
