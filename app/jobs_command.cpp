#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/other_nodes.hpp"
#include "app/table.hpp"
#include "core/json_text.hpp"
#include "core/percent_encoding.hpp"

namespace spillway::app {
namespace {

constexpr core::Duration kBetweenLooks = std::chrono::milliseconds(300);

std::string job_target(std::string_view id) {
  return "/v1/jobs/" + core::percent_encoded(id);
}

enum class Run { real, dry };

std::string order_body(const JobOrder& order, Run run) {
  core::JsonWriter json;
  json.begin_object().key("filter").raw(order.filter);
  if (run == Run::dry) {
    json.key("dry_run").value(true);
  }
  if (order.rate > 0) {
    json.key("rate").value(order.rate);
  }
  return json.end_object().take();
}

bool is_running(const Answer& job) {
  return job["state"].text() == "running";
}

std::string progress(const AnswerValue& job) {
  return fmt::format("{} done of {} matched, {} skipped, {} examined", job["done"].text(),
                     job["matched"].text(), job["skipped"].text(), job["examined"].text());
}

std::string filter_text(const AnswerValue& filter) {
  std::string out;
  for (const auto& [name, value] : filter.members()) {
    fmt::format_to(std::back_inserter(out), "{}{}={}", out.empty() ? "" : " ", name,
                   printable(value.text()));
  }
  return out;
}

Output describe(const Answer& job, OutputForm form) {
  Output output;
  const std::string state = job["state"].text();
  output.code = state == "done" || state == "running" ? kOk : kProblem;
  if (form == OutputForm::json) {
    output.text = job.text() + "\n";
    return output;
  }
  const auto line = [&output](std::string_view label, std::string_view value) {
    fmt::format_to(std::back_inserter(output.text), "{:<9} {}\n", label, value);
  };
  line("job", fmt::format("{}: {}", job["id"].text(), job["kind"].text()));
  line("filter", filter_text(job["filter"]));
  line("rate", job["rate"].is_null() ? "as fast as it goes" : job["rate"].text() + "/s");
  line("state", state);
  if (!job["failure"].is_null()) {
    line("because", printable(job["failure"].text()));
  }
  line("progress", progress(job.root()));
  line("asked by", printable(job["asked_by"].text()));
  line("created", job["created"].text());
  line("finished", job["finished"].is_null() ? "-" : job["finished"].text());
  return output;
}

// One line that is written over and over.
void show_progress(const Answer& job) {
  if (isatty(STDERR_FILENO) != 0) {
    fmt::print(stderr, "\r\x1b[Kjob {}: {}", job["id"].text(), progress(job.root()));
    std::fflush(stderr);
  }
}

void end_progress() {
  if (isatty(STDERR_FILENO) != 0) {
    fmt::print(stderr, "\r\x1b[K");
  }
}

core::Result<Answer> ask_for_job(AdminClient& admin, const JobOrder& order) {
  return Answer::parse(admin.post(order.target, order_body(order, Run::real)));
}

}  // namespace

core::Result<JobCount> count_job(AdminClient& admin, const JobOrder& order) {
  const auto answer = Answer::parse(admin.post(order.target, order_body(order, Run::dry)));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  JobCount count{.matched = (*answer)["matched"].count(),
                 .complete = (*answer)["complete"].is_true(),
                 .json = answer->text() + "\n"};
  for (const AnswerValue& node : (*answer)["nodes"].elements()) {
    count.matched += node["answer"]["matched"].count();
    count.complete &= node["answer"]["complete"].is_true();
  }
  return count;
}

core::Result<Output> begin_job(AdminClient& admin, const JobOrder& order, OutputForm form) {
  const auto job = ask_for_job(admin, order);
  if (!job) {
    return std::unexpected(job.error());
  }
  const std::string id = (*job)["id"].text();
  Output output = other_nodes(*job, form);
  output.text.insert(0, form == OutputForm::json
                            ? job->text() + "\n"
                            : fmt::format("job {} has begun: spillway jobs show {}\n", id, id));
  return output;
}

core::Result<Output> run_job(AdminClient& admin, const JobOrder& order, OutputForm form) {
  auto job = ask_for_job(admin, order);
  const Output others = job ? other_nodes(*job, form) : Output{};
  while (job && is_running(*job)) {
    show_progress(*job);
    admin.pause(kBetweenLooks);
    job = Answer::parse(admin.get(job_target((*job)["id"].text())));
  }
  end_progress();
  if (!job) {
    return std::unexpected(job.error());
  }
  Output output = describe(*job, form);
  output.text += others.text;
  output.code = output.code == kOk ? others.code : output.code;
  return output;
}

core::Result<Output> list_jobs(AdminClient& admin, OutputForm form) {
  const auto answer = Answer::parse(admin.get("/v1/jobs"));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (form == OutputForm::json) {
    return Output{answer->text() + "\n"};
  }
  Table table({"job", "kind", "state", "created", "matched", "done", "skipped", "filter"});
  for (const AnswerValue& job : (*answer)["jobs"].elements()) {
    table.add({job["id"].text(), job["kind"].text(), job["state"].text(), job["created"].text(),
               job["matched"].text(), job["done"].text(), job["skipped"].text(),
               filter_text(job["filter"])});
  }
  return Output{table.text()};
}

core::Result<Output> show_job(AdminClient& admin, std::string_view id, OutputForm form) {
  const auto job = Answer::parse(admin.get(job_target(id)));
  if (!job) {
    return std::unexpected(job.error());
  }
  return describe(*job, form);
}

core::Result<Output> cancel_job(AdminClient& admin, std::string_view id, OutputForm form) {
  const auto job = Answer::parse(admin.post(job_target(id) + "/cancel", ""));
  if (!job) {
    return std::unexpected(job.error());
  }
  Output output = describe(*job, form);
  output.code = kOk;
  return output;
}

void add_job_options(CommandLine command, JobArguments& arguments) {
  command.option("--rate", arguments.rate, "So many a second; else as fast as it goes")
      .between(std::uint64_t{1}, std::uint64_t{1'000'000});
  const Option dry_run =
      command.flag("--dry-run", arguments.dry_run, "Counts what matches, changes nothing");
  command.flag("--wait", arguments.wait, "Returns when the job has ended").excludes(dry_run);
}

void add_yes(CommandLine command, JobArguments& arguments) {
  command.flag("-y,--yes", arguments.yes, "Does not ask");
}

bool confirmed(const std::string& loss) {
  if (isatty(STDIN_FILENO) == 0) {
    fmt::print(stderr, "spillway: \"{}\" needs --yes\n", loss);
    return false;
  }
  fmt::print(stderr, "{}? [y/N] ", loss);
  std::string line;
  return std::getline(std::cin, line) && (line == "y" || line == "yes");
}

core::Result<Output> order_job(AdminClient& admin, const JobOrder& order,
                               const JobArguments& arguments, std::string_view loss) {
  if (arguments.dry_run || (!loss.empty() && !arguments.yes)) {
    const auto count = count_job(admin, order);
    if (!count) {
      return std::unexpected(count.error());
    }
    const std::string many =
        fmt::format("{}{}", count->complete ? "" : "at least ", count->matched);
    if (arguments.dry_run) {
      return Output{arguments.json ? count->json : fmt::format("{} match\n", many)};
    }
    if (!confirmed(fmt::format(fmt::runtime(loss), many))) {
      return Output{"nothing was changed\n", kUsage};
    }
  }
  return arguments.wait ? run_job(admin, order, arguments.form())
                        : begin_job(admin, order, arguments.form());
}

void add_jobs(CommandLine app, Command& chosen) {
  CommandLine jobs = app.add_command("jobs", "What was asked for by filter, and how far it is");
  jobs.needs_command();

  const auto listing = std::make_shared<AdminArguments>();
  CommandLine list = jobs.add_command("list", "Newest first");
  add_admin_options(list, *listing);
  list.when_chosen([listing, &chosen] {
    chosen = [listing] {
      return ask_admin(*listing,
                       [listing](AdminClient& admin) { return list_jobs(admin, listing->form()); });
    };
  });

  struct OneJob : AdminArguments {
    std::string id;
  };
  const auto one = std::make_shared<OneJob>();
  const auto add = [&](const char* name, const char* help, auto ask) {
    CommandLine command = jobs.add_command(name, help);
    add_admin_options(command, *one);
    command.option("job", one->id, "Its number").required();
    command.when_chosen([one, ask, &chosen] {
      chosen = [one, ask] {
        return ask_admin(
            *one, [one, ask](AdminClient& admin) { return ask(admin, one->id, one->form()); });
      };
    });
  };
  add("show", "One job", show_job);
  add("cancel", "Ends a job where it is; what it has done stays done", cancel_job);
}

}  // namespace spillway::app
