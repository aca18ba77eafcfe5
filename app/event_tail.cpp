// `spillway events tail`: asks for the newest events again and again, and prints those that are
// new.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/event_listing.hpp"
#include "app/table.hpp"

namespace spillway::app {
namespace {

constexpr core::Duration kBetweenLooks = std::chrono::seconds(1);
constexpr std::size_t kPageMax = 200;  // what the API gives at once
// So many new ones are looked for between two looks; those before are left out, and it is said.
constexpr std::size_t kPagesMax = 10;

std::string line_of(const AnswerValue& event) {
  return fmt::format("{}  {}  {}  {} bytes  {}\n", event["received"].text(),
                     event["event_id"].text(), printable(event["source"].text()),
                     event["body_bytes"].text(), printable(fates(event["deliveries"])));
}

std::string json_of(const AnswerValue& event) {
  return std::string(event.raw()) + "\n";
}

// What was not there at the look before, oldest first.
class Tail {
 public:
  Tail(const EventFilter& filter, OutputForm form) : filter_(filter), form_(form) {}

  core::Result<std::string> look(AdminClient& admin) {
    std::set<std::string, std::less<>> seen;
    std::vector<std::string> lines;
    std::string cursor;
    bool met = false;
    for (std::size_t pages = 0; pages < kPagesMax && !met; ++pages) {
      const std::size_t limit = first_ ? std::min(filter_.limit, kPageMax) : kPageMax;
      const auto page = Answer::parse(admin.get(events_target(filter_, limit, cursor)));
      if (!page) {
        return std::unexpected(page.error());
      }
      for (const AnswerValue& event : (*page)["events"].elements()) {
        std::string id = event["event_id"].text();
        met = met || seen_.contains(id);
        if (!met) {
          lines.push_back(form_ == OutputForm::json ? json_of(event) : line_of(event));
        }
        seen.insert(std::move(id));
      }
      cursor = (*page)["next_cursor"].text();
      met = met || cursor.empty() || first_;
    }
    std::string out = met ? "" : "(more came than are shown)\n";
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
      out += *line;
    }
    first_ = false;
    seen_.merge(seen);
    forget();
    return out;
  }

 private:
  // Ids begin with the time they were made at.
  void forget() {
    while (seen_.size() > 2 * kPageMax * kPagesMax) {
      seen_.erase(seen_.begin());
    }
  }

  EventFilter filter_;
  OutputForm form_;
  bool first_ = true;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace

core::Result<Output> tail_events(AdminClient& admin, const EventFilter& filter,
                                 std::size_t looks_max, OutputForm form) {
  Tail tail(filter, form);
  for (std::size_t looks = 0; looks_max == 0 || looks < looks_max; ++looks) {
    if (looks > 0) {
      admin.pause(kBetweenLooks);
    }
    const auto news = tail.look(admin);
    if (!news) {
      return std::unexpected(news.error());
    }
    fmt::print("{}", *news);
    std::fflush(stdout);
  }
  return Output{};
}

}  // namespace spillway::app
