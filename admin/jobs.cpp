// Jobs: asking for one, looking at what they do, ending one early.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <ranges>
#include <utility>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/errors.hpp"
#include "admin/job_request.hpp"
#include "admin/pass_on.hpp"
#include "admin/request_json.hpp"
#include "admin/shapes.hpp"
#include "core/log.hpp"
#include "retry/job_commands.hpp"
#include "retry/job_count.hpp"
#include "retry/job_runner.hpp"

namespace spillway::admin {

using core::JsonWriter;
using retry::JobRecord;
using retry::JobState;

namespace {

constexpr core::Duration kDryRunLimit = std::chrono::seconds(5);

struct WriteFilter {
  JsonWriter& json;
  const JournalView& view;

  void operator()(const retry::DeliveryFilter& filter) const {
    json.key("state").value(core::to_string(filter.state));
    if (filter.destination) {
      json.key("destination").value(view.destination_name(*filter.destination));
    }
    write_source(filter.source);
    if (filter.reason) {
      json.key("reason").value(core::to_string(*filter.reason));
    }
    if (filter.received_from) {
      json.key("received_from").value(time_text(*filter.received_from));
    }
    if (filter.received_to) {
      json.key("received_to").value(time_text(*filter.received_to));
    }
  }

  // Keys and values are kept as hashes only.
  void operator()(const retry::EventFilter& filter) const {
    write_source(filter.source);
    if (std::holds_alternative<retry::ByIdempotencyKey>(filter.by)) {
      json.key("by").value("idempotency_key");
    } else if (std::holds_alternative<retry::ByOrderingKey>(filter.by)) {
      json.key("by").value("ordering_key");
    } else {
      json.key("by").value("json");
      json.key("pointer").value(std::get<retry::ByJsonValue>(filter.by).pointer);
    }
  }

  void write_source(std::optional<journal::SourceNumber> source) const {
    if (source) {
      json.key("source").value(view.source_name(*source));
    }
  }
};

void write_job(JsonWriter& json, const JournalView& view, const JobRecord& job) {
  json.begin_object();
  json.key("id").value(job.number);
  json.key("kind").value(to_string(job.order.kind));
  json.key("filter").begin_object();
  std::visit(WriteFilter{json, view}, job.order.filter);
  json.end_object();
  json.key("rate");
  if (job.order.rate == 0) {
    json.null();
  } else {
    json.value(job.order.rate);
  }
  json.key("state").value(to_string(job.state));
  json.key("failure");
  write_text(json, job.failure);
  json.key("asked_by").value(job.order.asked_by);
  json.key("created").value(time_text(job.created));
  json.key("finished");
  write_time(json, job.finished == core::Time{} ? std::nullopt : std::optional(job.finished));
  json.key("examined").value(job.progress.examined);
  json.key("matched").value(job.progress.matched);
  json.key("done").value(job.progress.done);
  json.key("skipped").value(job.progress.skipped);
  json.end_object();
}

std::string filter_text(const JournalView& view, const retry::JobOrder& order) {
  JsonWriter json;
  json.begin_object();
  std::visit(WriteFilter{json, view}, order.filter);
  json.end_object();
  return json.take();
}

Answer answer_job(AdminContext* context, JobRecord job, int status) {
  auto response = co_await read_journal(
      context, [job, status](const JournalView& view) -> core::Result<http::Response> {
        JsonWriter json;
        write_job(json, view, job);
        http::Response made = json_response(std::move(json));
        made.status = status;
        return made;
      });
  if (response && status == 202) {
    response->headers.push_back({"Location", fmt::format("/v1/jobs/{}", job.number)});
  }
  co_return response;
}

http::Response describe(const retry::JobCount& count) {
  JsonWriter json;
  json.begin_object();
  json.key("examined").value(count.examined);
  json.key("matched").value(count.matched);
  json.key("complete").value(count.complete);
  json.end_object();
  return json_response(std::move(json));
}

Answer dry_run(AdminContext* context, retry::JobOrder order) {
  auto response = co_await read_journal(
      context,
      [context, order = std::move(order)](const JournalView& view) -> core::Result<http::Response> {
        const auto count = retry::count_matches(view.readable(), order, context->writer.hasher(),
                                                context->clock, kDryRunLimit);
        if (!count) {
          return std::unexpected(count.error());
        }
        return describe(*count);
      });
  co_return response;
}

using Created = std::optional<JobRecord>;

// The runner is told even when whoever asked has been sent away meanwhile.
http::Awaitable<core::Result<Created>> create(AdminContext* context, retry::JobOrder order) {
  auto created = co_await await_result<Created>(
      context, kAnswerLimit, [context, order = std::move(order)](Done<Created> done) {
        context->commands.submit(std::make_unique<retry::CreateJob>(
            context->executor, order,
            [context, done = std::move(done)](core::Result<Created> answer) mutable {
              if (answer && *answer) {
                core::log(core::LogLevel::info, "job.created",
                          {{"job", (*answer)->number},
                           {"kind", to_string((*answer)->order.kind)},
                           {"asked_by", (*answer)->order.asked_by}});
                context->jobs.wake();
              }
              done(std::move(answer));
            }));
      });
  co_return created;
}

http::Awaitable<core::Result<std::vector<JobRecord>>> read_jobs(AdminContext* context) {
  auto jobs = co_await await_result<std::vector<JobRecord>>(
      context, kAnswerLimit, [context](Done<std::vector<JobRecord>> done) {
        context->commands.submit(
            std::make_unique<retry::ReadJobs>(context->executor, std::move(done)));
      });
  co_return jobs;
}

http::Awaitable<core::Result<retry::EndedJob>> cancel(AdminContext* context,
                                                      retry::JobNumber number) {
  auto ended = co_await await_result<retry::EndedJob>(
      context, kAnswerLimit, [context, number](Done<retry::EndedJob> done) {
        context->commands.submit(std::make_unique<retry::EndJob>(
            context->executor, number, "",
            [context, done = std::move(done)](core::Result<retry::EndedJob> answer) mutable {
              if (answer && answer->applied) {
                core::log(core::LogLevel::info, "job.cancelled", {{"job", answer->job->number}});
                context->jobs.wake();
              }
              done(std::move(answer));
            }));
      });
  co_return ended;
}

core::Result<retry::JobNumber> read_number(std::string_view text) {
  retry::JobNumber number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return invalid(fmt::format("\"{}\" is no number of a job", text));
  }
  return number;
}

struct Ordered {
  retry::JobOrder order;
  std::string filter;  // as the trail has it
};

std::unexpected<core::Error> no_such_job(retry::JobNumber number) {
  return not_found(fmt::format("this node has no job {}: it keeps the last {} that have ended",
                               number, retry::kJobsKept));
}

}  // namespace

Answer begin_job(AdminContext* context, retry::JobKind kind, Call call) {
  auto request = read_job_request(kind, call.body);
  if (!request) {
    co_return std::unexpected(std::move(request).error());
  }
  const bool only_count = request->dry_run;
  auto ordered = co_await read_journal(
      context,
      [context, asked = *std::move(request)](const JournalView& view) -> core::Result<Ordered> {
        auto order = order_of(asked, *context, view);
        if (!order) {
          return std::unexpected(std::move(order).error());
        }
        std::string filter = filter_text(view, *order);
        return Ordered{*std::move(order), std::move(filter)};
      });
  if (!ordered) {
    co_return std::unexpected(std::move(ordered).error());
  }
  auto& [order, filter] = *ordered;
  order.asked_by = call.asker.name;
  if (only_count) {
    call.note->nothing_asked = true;
    auto counted = co_await dry_run(context, std::move(order));
    if (counted) {
      counted = co_await tell_others(context, &call, *std::move(counted));
    }
    co_return counted;
  }
  auto created = co_await create(context, std::move(order));
  if (!created) {
    co_return std::unexpected(std::move(created).error());
  }
  if (!*created) {
    co_return conflict(
        fmt::format("{} jobs are running, no more are taken at once: wait for one "
                    "to end, or cancel it",
                    retry::kJobsRunningMax));
  }
  call.note->target = fmt::format("job {}", (*created)->number);
  call.note->detail = (*created)->order.rate > 0
                          ? fmt::format("{}, {}/s", filter, (*created)->order.rate)
                          : std::move(filter);
  auto answer = co_await answer_job(context, **std::move(created), 202);
  if (answer) {
    answer = co_await tell_others(context, &call, *std::move(answer));
  }
  co_return answer;
}

Answer purge_events(AdminContext* context, Call call) {
  auto answer = co_await begin_job(context, retry::JobKind::purge, std::move(call));
  co_return answer;
}

Answer get_jobs(AdminContext* context, Call) {
  auto jobs = co_await read_jobs(context);
  if (!jobs) {
    co_return std::unexpected(std::move(jobs).error());
  }
  auto answer = co_await read_journal(
      context, [jobs = *std::move(jobs)](const JournalView& view) -> core::Result<http::Response> {
        JsonWriter json;
        json.begin_object();
        json.key("jobs").begin_array();
        for (const JobRecord& job : jobs | std::views::reverse) {
          write_job(json, view, job);
        }
        json.end_array();
        json.end_object();
        return json_response(std::move(json));
      });
  co_return answer;
}

Answer get_job(AdminContext* context, Call call) {
  const auto number = read_number(call.path_values[0]);
  if (!number) {
    co_return std::unexpected(number.error());
  }
  const auto jobs = co_await read_jobs(context);
  if (!jobs) {
    co_return std::unexpected(jobs.error());
  }
  const auto found = std::ranges::find(*jobs, *number, &JobRecord::number);
  if (found == jobs->end()) {
    co_return no_such_job(*number);
  }
  auto answer = co_await answer_job(context, *found, 200);
  co_return answer;
}

Answer cancel_job(AdminContext* context, Call call) {
  const auto number = read_number(call.path_values[0]);
  if (!number) {
    co_return std::unexpected(number.error());
  }
  if (const auto nothing = read_nothing(call.body); !nothing) {
    co_return std::unexpected(nothing.error());
  }
  const auto ended = co_await cancel(context, *number);
  if (!ended) {
    co_return std::unexpected(ended.error());
  }
  if (!ended->job) {
    co_return no_such_job(*number);
  }
  if (!ended->applied) {
    co_return conflict(fmt::format("job {} is {} already", *number, to_string(ended->job->state)));
  }
  call.note->target = fmt::format("job {}", *number);
  auto answer = co_await answer_job(context, *ended->job, 200);
  co_return answer;
}

}  // namespace spillway::admin
