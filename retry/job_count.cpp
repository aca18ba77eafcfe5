#include "retry/job_count.hpp"

#include <utility>

#include "journal/reader.hpp"
#include "retry/job_page.hpp"

namespace spillway::retry {

core::Result<JobCount> count_matches(const journal::Readable& view, JobOrder order,
                                     const journal::Hasher& hasher, const core::Clock& clock,
                                     core::Duration limit) {
  const auto commit = journal::Reader(view).commit();
  if (!commit) {
    return std::unexpected(commit.error());
  }
  const core::Time began = clock.now();
  JobRecord job;
  job.order = std::move(order);
  job.created = began;
  job.end = commit->next_sequence;
  JobCount count;
  while (!count.complete && clock.now() - began <= limit) {
    const auto page = read_page(view, job, {}, hasher, {});
    if (!page) {
      return std::unexpected(page.error());
    }
    count.examined += page->examined;
    count.matched += page->matches.size();
    count.complete = page->last;
    job.cursor = page->next;
  }
  return count;
}

}  // namespace spillway::retry
