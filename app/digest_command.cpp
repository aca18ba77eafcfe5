#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admin/event_digest.hpp"
#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"
#include "core/percent_encoding.hpp"

namespace spillway::app {
namespace {

std::string digest_target(std::string_view resource, const std::string& destination,
                          const DigestFilter& filter, const std::string& cursor) {
  std::string target =
      fmt::format("{}?destination={}", resource, core::percent_encoded(destination));
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::string_view>("from", filter.from),
        {"to", filter.to},
        {"bucket", filter.bucket},
        {"cursor", cursor}}) {
    if (!value.empty()) {
      target += fmt::format("&{}={}", name, core::percent_encoded(value));
    }
  }
  return target;
}

// The pages of one destination, added up.
class Digests {
 public:
  core::Result<void> take(const Answer& page) {
    for (const AnswerValue& bucket : page["buckets"].elements()) {
      const auto part = admin::EventDigest::parse(bucket["count"].count(), bucket["hash"].text());
      if (!part) {
        return core::fail(core::ErrorCode::corrupt,
                          fmt::format("\"{}\" is no hash of a digest", bucket["hash"].text()));
      }
      buckets_[bucket["from"].text()].add(*part);
    }
    return {};
  }

  void show(Table& table, const std::string& destination) const {
    for (const auto& [from, digest] : buckets_) {
      table.add({destination, from, fmt::to_string(digest.count()), digest.hash()});
    }
  }

 private:
  std::map<std::string, admin::EventDigest> buckets_;  // times of one form sort as text
};

core::Result<std::vector<std::string>> destinations_of(AdminClient& admin,
                                                       const DigestFilter& filter) {
  if (!filter.destination.empty()) {
    return std::vector{filter.destination};
  }
  const auto answer = Answer::parse(admin.get("/v1/destinations"));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  std::vector<std::string> names;
  for (const AnswerValue& destination : (*answer)["destinations"].elements()) {
    names.push_back(destination["name"].text());
  }
  return names;
}

// Asks for page after page. `take` is shown each.
core::Result<void> each_page(AdminClient& admin, std::string_view resource,
                             const std::string& destination, const DigestFilter& filter,
                             const std::function<core::Result<void>(const Answer&)>& take) {
  std::string cursor;
  do {
    const auto page =
        Answer::parse(admin.get(digest_target(resource, destination, filter, cursor)));
    if (!page) {
      return std::unexpected(page.error());
    }
    if (auto taken = take(*page); !taken) {
      return taken;
    }
    cursor = (*page)["next_cursor"].text();
  } while (!cursor.empty());
  return {};
}

struct DigestArguments : AdminArguments {
  DigestFilter filter;
  bool events = false;
};

}  // namespace

core::Result<Output> show_digest(AdminClient& admin, const DigestFilter& filter, OutputForm form) {
  const auto destinations = destinations_of(admin, filter);
  if (!destinations) {
    return std::unexpected(destinations.error());
  }
  Table table({"destination", "from", "events", "hash"});
  std::string pages;
  for (const std::string& destination : *destinations) {
    Digests digests;
    const auto read = each_page(admin, "/v1/digest", destination, filter, [&](const Answer& page) {
      pages.append(page.text()).append("\n");
      return digests.take(page);
    });
    if (!read) {
      return std::unexpected(read.error());
    }
    digests.show(table, destination);
  }
  return Output{form == OutputForm::json ? std::move(pages) : table.text()};
}

core::Result<Output> list_digest_events(AdminClient& admin, DigestFilter filter, OutputForm form) {
  filter.bucket.clear();
  Table table({"received", "event", "source", "bytes"});
  std::string pages;
  const auto read = each_page(admin, "/v1/digest/events", filter.destination, filter,
                              [&](const Answer& page) -> core::Result<void> {
                                pages.append(page.text()).append("\n");
                                for (const AnswerValue& event : page["events"].elements()) {
                                  table.add({event["received"].text(), event["event_id"].text(),
                                             event["source"].text(), event["body_bytes"].text()});
                                }
                                return {};
                              });
  if (!read) {
    return std::unexpected(read.error());
  }
  return Output{form == OutputForm::json ? std::move(pages) : table.text()};
}

void add_digest(CommandLine app, Command& chosen) {
  CommandLine command =
      app.add_command("digest", "Digests of what was delivered, to compare with what arrived");
  const auto arguments = std::make_shared<DigestArguments>();
  add_admin_options(command, *arguments);
  DigestFilter& filter = arguments->filter;
  const Option destination = command.option("--destination", filter.destination, "Only this one");
  command.option("--from", filter.from, "Of the time in the event id: 2026-03-01T12:00:00Z");
  command.option("--to", filter.to, "Exclusive");
  command.option("--bucket", filter.bucket, "minute, hour or day; else hour")
      .one_of({"minute", "hour", "day"});
  command.flag("--events", arguments->events, "Lists the events instead").needs(destination);
  command.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return arguments->events ? list_digest_events(admin, arguments->filter, arguments->form())
                                 : show_digest(admin, arguments->filter, arguments->form());
      });
    };
  });
}

}  // namespace spillway::app
