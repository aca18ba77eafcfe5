#include "delivery/journal_backlog.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/planted_bug.hpp"

namespace spillway::delivery {

void JournalBacklog::fetch(FetchRequest request, FetchCallback callback) {
  reader_->post([this, asked = std::move(request), answer = std::move(callback)]() mutable {
    engine_->post([result = fetch_now(std::move(asked)), tell = std::move(answer)]() mutable {
      tell(std::move(result));
    });
  });
}

void JournalBacklog::read(journal::Sequence sequence, ReadCallback callback) {
  reader_->post([this, sequence, answer = std::move(callback)]() mutable {
    engine_->post([result = read_now(sequence), tell = std::move(answer)]() mutable {
      tell(std::move(result));
    });
  });
}

// More may be due at one instant, and left out, than a page holds: another page from there would be
// the same.
core::Result<Fetched> JournalBacklog::fetch_now(FetchRequest request) {
  for (;;) {
    auto page = fetch_page(request);
    if (!page) {
      return std::unexpected(std::move(page).error());
    }
    if (page->left_out < request.limit || page->fetched.next_due != request.from) {
      return std::move(page->fetched);
    }
    request.limit *= 2;
  }
}

core::Result<JournalBacklog::Page> JournalBacklog::fetch_page(const FetchRequest& request) {
  const journal::Sequence durable_below = core::kPlantedBug == core::PlantedBug::refill_before_sync
                                              ? std::numeric_limits<journal::Sequence>::max()
                                              : writer_->durable_below();
  const auto view = store_->view();
  const journal::Reader reader(*view);
  auto scan = reader.due(request.destination, request.from, request.until, request.limit,
                         [&](journal::DeliveryRef ref) {
                           return std::ranges::binary_search(request.held, ref.sequence);
                         });
  if (!scan) {
    return std::unexpected(std::move(scan).error());
  }
  BodyShare bodies = request.bodies;
  Page page;
  Fetched& fetched = page.fetched;
  fetched.next_due = scan->next_due;
  for (journal::DueDelivery& due : scan->deliveries) {
    if (due.ref.sequence >= durable_below) {
      fetched.next_due = std::min(fetched.next_due.value_or(due.record.due), due.record.due);
      fetched.not_yet = true;
      continue;
    }
    if (request.updated_before && due.record.updated >= *request.updated_before) {
      ++page.left_out;
      continue;
    }
    if (request.fenced && due.record.replicated) {
      ++page.left_out;
      fetched.fenced_due = std::min(fetched.fenced_due.value_or(due.record.due), due.record.due);
      continue;
    }
    Waiting waiting{{due.ref, std::move(due.record)}};
    if (auto kept = keep_event(reader, bodies, waiting); !kept) {
      return std::unexpected(std::move(kept).error());
    }
    fetched.waiting.push_back(std::move(waiting));
  }
  return page;
}

core::Result<void> JournalBacklog::keep_event(const journal::Reader& reader, BodyShare& bodies,
                                              Waiting& waiting) {
  const journal::Sequence sequence = waiting.delivery.ref.sequence;
  auto head = reader.head(sequence);
  if (!head) {
    return std::unexpected(std::move(head).error());
  }
  if (!*head) {
    return {};  // the engine will miss it when its turn comes, and say so
  }
  waiting.body_bytes = (*head)->body_size;
  waiting.bytes = bodies.reserve_waiting(waiting.body_bytes);
  if (!waiting.bytes) {
    return {};
  }
  auto found = event(reader, sequence, (*head)->source);
  if (!found) {
    return std::unexpected(std::move(found).error());
  }
  waiting.event = *std::move(found);
  return {};
}

core::Result<core::EventPtr> JournalBacklog::read_now(journal::Sequence sequence) {
  const auto view = store_->view();
  const journal::Reader reader(*view);
  auto head = reader.head(sequence);
  if (!head) {
    return std::unexpected(std::move(head).error());
  }
  if (!*head) {
    return core::EventPtr{};
  }
  return event(reader, sequence, (*head)->source);
}

core::Result<core::EventPtr> JournalBacklog::event(const journal::Reader& reader,
                                                   journal::Sequence sequence,
                                                   journal::SourceNumber source) {
  if (!source_names_.contains(source)) {
    auto sources = reader.sources();
    if (!sources) {
      return std::unexpected(std::move(sources).error());
    }
    source_names_ = *std::move(sources);
  }
  return reader.event(sequence, source_names_);
}

}  // namespace spillway::delivery
