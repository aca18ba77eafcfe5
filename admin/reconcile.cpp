// POST /v1/reconcile: a sender's own list against what this node has (docs/correctness.md 35). What
// is not found is called unknown only where it would still be remembered.
#include <optional>
#include <utility>
#include <vector>

#include "admin/awaiting.hpp"
#include "admin/endpoints.hpp"
#include "admin/pass_on.hpp"
#include "admin/reconcile_merge.hpp"
#include "admin/reconcile_request.hpp"
#include "admin/shapes.hpp"
#include "journal/remembered.hpp"

namespace spillway::admin {

using core::JsonWriter;
using journal::Sequence;

namespace {

// Well within the limit for the answer; the rest is asked for again.
constexpr core::Duration kWorkLimit = std::chrono::seconds(8);

struct FoundEvent {
  core::EventId id;
  Sequence sequence = 0;
};

enum class Fate { known, unknown, beyond_horizon };

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::known:
      return "known";
    case Fate::unknown:
      return "unknown";
    case Fate::beyond_horizon:
      return "beyond_horizon";
  }
  return "?";
}

// Answers one key or id after the other, as long as there is time.
class Reconciliation {
 public:
  Reconciliation(const AdminContext& context, const JournalView& view)
      : context_(&context),
        view_(&view),
        // Asked for after the view was taken: what is below is in the view and safe.
        durable_below_(context.writer.durable_below()),
        until_(context.clock.now() + kWorkLimit) {}

  core::Result<http::Response> answer(const ReconcileRequest& request, core::Time as_of) {
    json_.begin_object();
    json_.key("node").value(context_->node);
    json_.key("as_of").value(time_text(as_of));
    json_.key("horizon");
    const auto done = request.ids.empty() ? keys(request, as_of) : ids(request.ids);
    if (!done) {
      return std::unexpected(done.error());
    }
    json_.key("known").value(known_);
    json_.key("unknown").value(unknown_);
    json_.key("beyond_horizon").value(beyond_);
    const std::size_t asked = request.keys.size() + request.ids.size();
    json_.key("complete").value(known_ + unknown_ + beyond_ == asked);
    json_.end_object();
    return json_response(std::move(json_));
  }

 private:
  core::Result<void> keys(const ReconcileRequest& request, core::Time as_of) {
    const auto source = view_->source(request.source);
    if (!source) {
      return std::unexpected(source.error());
    }
    const auto stored = journal::StoredKeys::open(view_->readable(), *source, as_of);
    if (!stored) {
      return std::unexpected(stored.error());
    }
    begin_results(stored->since());
    for (const AskedKey& key : request.keys) {
      if (late()) {
        break;
      }
      const auto found = find(*stored, *source, key.text);
      if (!found) {
        return std::unexpected(found.error());
      }
      const bool beyond = key.sent && *key.sent < stored->since();
      if (auto written = write("idempotency_key", key.text, *found, beyond); !written) {
        return written;
      }
    }
    json_.end_array();
    return {};
  }

  core::Result<void> ids(const std::vector<core::EventId>& ids) {
    const auto since = journal::events_known_since(view_->readable());
    if (!since) {
      return std::unexpected(since.error());
    }
    begin_results(*since);
    for (const core::EventId& id : ids) {
      if (late()) {
        break;
      }
      const auto sequence = view_->reader().sequence_of(id);
      if (!sequence) {
        return std::unexpected(sequence.error());
      }
      std::vector<FoundEvent> found;
      if (*sequence && **sequence < durable_below_) {
        found.push_back({id, **sequence});
      }
      const bool beyond = *since && journal::time_of(id) < **since;
      if (auto written = write("event_id", id.to_string(), found, beyond); !written) {
        return written;
      }
    }
    json_.end_array();
    return {};
  }

  void begin_results(std::optional<core::Time> horizon) {
    write_time(json_, horizon);
    json_.key("results").begin_array();
  }

  // At least one is answered, so that whoever asks again gets on.
  [[nodiscard]] bool late() const {
    return known_ + unknown_ + beyond_ > 0 &&
           (context_->stopping || context_->clock.now() >= until_);
  }

  // The durable events accepted under any of the forms that the text may be stored in.
  core::Result<std::vector<FoundEvent>> find(const journal::StoredKeys& stored,
                                             journal::SourceNumber source,
                                             const std::string& text) const {
    std::vector<FoundEvent> found;
    for (const std::string& form : context_->idempotency_keys(text)) {
      const auto entries = stored.find(context_->writer.hasher().idempotency_key(source, form));
      if (!entries) {
        return std::unexpected(entries.error());
      }
      for (const journal::DedupRecord::Entry& entry : *entries) {
        if (entry.sequence < durable_below_) {
          found.push_back({entry.id, entry.sequence});
        }
      }
    }
    return found;
  }

  core::Result<void> write(std::string_view member, std::string_view asked,
                           const std::vector<FoundEvent>& found, bool beyond) {
    const Fate fate = !found.empty() ? Fate::known : beyond ? Fate::beyond_horizon : Fate::unknown;
    (fate == Fate::known ? known_ : fate == Fate::unknown ? unknown_ : beyond_) += 1;
    json_.begin_object();
    json_.key(member).value(asked);
    json_.key("fate").value(to_string(fate));
    json_.key("events").begin_array();
    for (const FoundEvent& event : found) {
      if (auto written = write_event(event); !written) {
        return written;
      }
    }
    json_.end_array();
    json_.end_object();
    return {};
  }

  core::Result<void> write_event(const FoundEvent& event) {
    const auto deliveries = view_->reader().deliveries(event.sequence);
    if (!deliveries) {
      return std::unexpected(deliveries.error());
    }
    json_.begin_object();
    json_.key("event_id").value(event.id.to_string());
    json_.key("deliveries");
    if (deliveries->empty()) {
      json_.null();  // its retention has passed, only the key is left
    } else {
      json_.begin_array();
      for (const journal::DueDelivery& delivery : *deliveries) {
        json_.begin_object();
        json_.key("destination").value(view_->destination_name(delivery.ref.destination));
        json_.key("state").value(core::to_string(delivery.record.state));
        json_.end_object();
      }
      json_.end_array();
    }
    json_.end_object();
    return {};
  }

  const AdminContext* context_;
  const JournalView* view_;
  Sequence durable_below_;
  core::Time until_;
  JsonWriter json_;
  std::size_t known_ = 0;
  std::size_t unknown_ = 0;
  std::size_t beyond_ = 0;
};

core::Result<http::Response> with_others(const AdminContext& context, http::Response here,
                                         const std::vector<PeerAnswer>& others) {
  if (others.empty()) {
    return here;
  }
  std::vector<NodeAnswer> answers;
  answers.reserve(others.size());
  for (const PeerAnswer& peer : others) {
    answers.push_back({.node = peer.node,
                       .json = peer.answer ? peer.answer->body : std::string(),
                       .error = peer.error()});
  }
  auto merged =
      merge_reconciliations({.node = context.node, .json = std::move(here.body)}, answers);
  if (!merged) {
    return std::unexpected(std::move(merged).error());
  }
  here.body = *std::move(merged);
  return here;
}

}  // namespace

Answer reconcile(AdminContext* context, Call call) {
  auto request = read_reconcile_request(call.body);
  if (!request) {
    co_return std::unexpected(std::move(request).error());
  }
  auto answer =
      co_await read_journal(context, [context, as_of = context->clock.now(),
                                      request = *std::move(request)](const JournalView& view) {
        return Reconciliation(*context, view).answer(request, as_of);
      });
  if (!answer) {
    co_return std::unexpected(std::move(answer).error());
  }
  const auto others = co_await ask_others(context, &call);
  if (!others) {
    co_return std::unexpected(others.error());
  }
  auto merged = with_others(*context, *std::move(answer), *others);
  co_return merged;
}

}  // namespace spillway::admin
