#include "tests/unit/admin/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <charconv>

#include "core/check.hpp"
#include "core/headers.hpp"
#include "journal/retention.hpp"

namespace spillway::admin::testing_support {

std::string Reply::header(std::string_view name) const {
  for (const core::Header& header : response_.headers) {
    if (core::equal_ignoring_case(header.name, name)) {
      return header.value;
    }
  }
  return "(none)";
}

std::optional<routing::JsonValue> Reply::find(std::string_view pointer) const {
  std::optional<routing::JsonValue> value;
  if (json_) {
    value = json_->root();
  }
  while (value && !pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
    value = error == std::errc() && value->kind() == routing::JsonKind::array ? value->at(index)
                                                                              : value->find(token);
  }
  return value;
}

std::string Reply::at(std::string_view pointer) const {
  const auto value = find(pointer);
  return value ? value->text().value_or(std::string(value->raw())) : "(none)";
}

std::size_t Reply::size(std::string_view pointer) const {
  const auto value = find(pointer);
  return value ? value->elements().size() : 0;
}

Node::Node(AccessOptions access)
    : jobs({.executor = executor_,
            .clock = time,
            .store = journal.store(),
            .commands = *this,
            .hasher = journal.writer().hasher(),
            .probe = job_probe,
            .route = [this](const core::Event&) { return routes_today; },
            .opened =
                [this](std::vector<journal::OpenDelivery> deliveries) {
                  opened(std::move(deliveries));
                }}),
      context{.access = Access(std::move(access)),
              .store = journal.store(),
              .writer = journal.writer(),
              .commands = *this,
              .clock = time,
              .random = random_,
              .registry = registry,
              .attempts = attempt_memory,
              .exposition = *this,
              .delivery = *this,
              .jobs = jobs,
              .checkpoints = *this,
              .reader = executor_,
              .scanner = executor_,
              .stopping = stopping_,
              .executor = executor_,
              .memory = memory,
              .route = [this](const core::Event&) { return routes_today; },
              .idempotency_keys =
                  [](std::string_view text) {
                    return std::vector{std::string(text), "given:" + std::string(text)};
                  },
              .nodes = [this](auto done) { done(nodes); },
              .forget_node =
                  [this](std::uint16_t tag, auto done) {
                    std::erase_if(nodes, [tag](const NodeStatus& node) { return node.tag == tag; });
                    done({});
                  },
              .ask_peer = {},
              .config = [this] { return config; },
              .reload = [this](auto done) { done(reloaded); },
              .node = "n1",
              .version = "1.2.3",
              .started = time.now(),
              .ready = [this] { return ready; },
              .refusals = std::make_unique<Refusals>(registry)},
      names_(journal.register_names({"acme", "backup", "left"})),
      api_(context) {
  configured = {{number("acme"), "acme", "https://acme.example/hook", 2},
                {number("backup"), "backup", "https://backup.example/", 0}};
}

core::Result<Checkpoint> Node::make(bool replace) {
  if (checkpoint && !replace) {
    return core::fail(core::ErrorCode::conflict, "one stands", core::Fault::sender);
  }
  checkpoint = checkpoint_made ? std::optional(*checkpoint_made) : std::nullopt;
  return checkpoint_made;
}

core::Result<bool> Node::remove(const std::string& name) {
  const bool stands = checkpoint && checkpoint->name == name;
  if (stands) {
    checkpoint.reset();
  }
  return stands;
}

void Node::run() {
  std::size_t ran = 0;
  do {
    io_.restart();
    ran = io_.poll();
    time.run_ready();
    io_.restart();
    ran += io_.poll();
  } while (ran > 0);
}

std::optional<http::Response> Node::begin(std::string method, std::string_view target,
                                          std::string body, Headers headers) {
  http::RequestHead head;
  head.method = std::move(method);
  head.target = target;
  head.path = target.substr(0, target.find('?'));
  if (head.path.size() < target.size()) {
    head.query = target.substr(head.path.size() + 1);
  }
  head.headers = std::move(headers);
  if (!head.find("Host")) {
    head.headers.push_back({"Host", "localhost:8081"});
  }
  if (!body.empty()) {
    head.headers.push_back({"Content-Length", fmt::to_string(body.size())});
    if (!head.find("Content-Type")) {
      head.headers.push_back({"Content-Type", "application/json"});
    }
  }
  auto policy = api_.admit(head);
  if (!policy) {
    return std::move(policy).error();
  }
  if (body.size() > policy->bytes_max) {
    return http::Response{.status = 413};
  }
  answer_.reset();
  boost::asio::co_spawn(
      io_.get_executor(),
      api_.handle({.head = std::move(head), .body = std::move(body), .memory = {}}),
      [this](const std::exception_ptr& error, http::Response response) {
        CHECK(error == nullptr);
        answer_ = std::move(response);
      });
  return std::nullopt;
}

Reply Node::ask(std::string method, std::string_view target, std::string body, Headers headers) {
  auto refused = begin(std::move(method), target, std::move(body), std::move(headers));
  if (refused) {
    return Reply(*std::move(refused));
  }
  run();
  CHECK(answer_);
  return Reply(*std::move(answer_));
}

void Node::start(std::string method, std::string_view target, Headers headers) {
  CHECK(!begin(std::move(method), target, "", std::move(headers)));
  run();
}

std::shared_ptr<const std::string> Node::read(const std::shared_ptr<http::BodyStream>& stream) {
  const auto part = std::make_shared<std::string>();
  boost::asio::co_spawn(
      io_.get_executor(), stream->next(),
      [part, stream](const std::exception_ptr&, const http::BodyStream::Part& next) {
        *part = next ? *next : "(end)";
      });
  run();
  return part;
}

Node::Accepted Node::accept(const std::vector<std::string>& destinations, std::string key) {
  std::vector<journal::Target> targets;
  for (const std::string& name : destinations) {
    targets.push_back({.destination = number(name)});
  }
  return accept_to(std::move(targets), std::move(key));
}

Node::Accepted Node::accept_in_order(const std::string& destination, std::string ordering_key) {
  return accept_to({journal::Target{.destination = number(destination),
                                    .order = core::Order::per_key,
                                    .ordering_key = std::move(ordering_key)}},
                   "");
}

Node::Accepted Node::accept_to(std::vector<journal::Target> targets, std::string key) {
  auto event = std::make_shared<core::Event>();
  event->id = core::EventId::make(time.now(), event_tag, random_);
  event->source = "source";
  event->received = time.now();
  event->headers = {{"Content-Type", "application/cloudevents+json"}};
  event->body = R"({"hello":"<script>"})";
  journal::NewEvent accepted;
  accepted.event = event;
  accepted.source = names_.sources.at("source");
  if (!key.empty()) {
    accepted.key = journal::EventKey{
        .key = {accepted.source, journal.writer().hasher().idempotency_key(accepted.source, key)},
        .window = std::chrono::hours(72),
        .as_of = journal.writer().committed(),
        .found = {}};
  }
  accepted.targets = std::move(targets);
  std::vector<journal::NewEvent> events;
  events.push_back(std::move(accepted));
  std::optional<journal::AcceptedEvent> result;
  journal.submit(std::make_unique<journal::Accept>(
      executor_, std::move(events), journal::Command::Durability::synced,
      [&](core::Result<std::vector<journal::AcceptedEvent>> answer) {
        result = std::move(answer->front());
      }));
  time.run_ready();
  CHECK(result);
  return {event->id.to_string(), event->id, std::move(result->opened)};
}

void Node::settle(const journal::OpenDelivery& delivery, core::DeliveryState state,
                  core::Reason reason, std::uint32_t attempts) {
  const bool delivered = state == core::DeliveryState::delivered;
  settle({.ref = delivery.ref,
          .generation = delivery.record.generation,
          .state = state,
          .reason = reason,
          .due = {},
          .attempts = attempts,
          .attempt = {.number = attempts,
                      .generation = delivery.record.generation,
                      .started = time.now(),
                      .took = std::chrono::milliseconds(250),
                      .outcome = delivered ? core::Outcome::delivered : core::Outcome::deferred,
                      .status = 500,
                      .error = "",
                      .excerpt = "no \xff luck"}});
}

void Node::end_without_attempt(journal::DeliveryRef ref, std::uint32_t generation,
                               core::Reason reason) {
  settle({.ref = ref,
          .generation = generation,
          .state = core::DeliveryState::dead,
          .reason = reason,
          .due = {},
          .attempts = 0,
          .attempt = {}});
}

void Node::defer(const journal::OpenDelivery& delivery, core::Duration wait) {
  settle({.ref = delivery.ref,
          .generation = delivery.record.generation,
          .state = core::DeliveryState::pending,
          .reason = core::Reason::none,
          .due = time.now() + wait,
          .attempts = 1,
          .attempt = {.number = 1,
                      .generation = delivery.record.generation,
                      .started = time.now(),
                      .outcome = core::Outcome::deferred,
                      .error = "refused",
                      .excerpt = ""}});
}

void Node::settle(journal::Settlement settlement) {
  bool applied = false;
  journal.submit(std::make_unique<journal::Settle>(
      executor_, std::move(settlement),
      [&](core::Result<journal::Settled> answer) { applied = answer && answer->applied; }));
  time.run_ready();
  CHECK(applied);
}

void Node::retire() {
  for (bool more = true; more;) {
    journal.submit(std::make_unique<journal::Retire>(executor_, journal::Retention{}, false,
                                                     [&](core::Result<journal::Retired> retired) {
                                                       CHECK(retired);
                                                       more = retired->events > 0 && retired->more;
                                                     }));
    time.run_ready();
  }
}

Node::Accepted Node::dead(const std::string& destination, core::Reason reason) {
  Accepted accepted = accept({destination});
  settle(accepted.opened.front(), core::DeliveryState::dead, reason);
  return accepted;
}

journal::Counts Node::counts(const std::string& name) {
  return journal.counts(number(name));
}

void Node::release_commands() {
  holding_ = false;
  release_commands_once();
}

void Node::release_commands_once() {
  for (auto& command : std::exchange(held_, {})) {
    journal.submit(std::move(command));
  }
  run();
}

void Node::submit(std::unique_ptr<journal::Command> command) {
  if (holding_) {
    held_.push_back(std::move(command));
  } else {
    journal.submit(std::move(command));
  }
}

void Node::opened(std::vector<journal::OpenDelivery> deliveries) {
  for (const journal::OpenDelivery& delivery : deliveries) {
    told_opened.push_back(delivery.ref);
  }
}

void Node::paused(journal::DestinationNumber destination) {
  told.push_back(fmt::format("paused {}", destination));
}

void Node::resumed(journal::DestinationNumber destination) {
  told.push_back(fmt::format("resumed {}", destination));
}

void Node::try_out(std::string_view destination, core::EventPtr event, core::Duration,
                   TrialDone done) {
  const bool known = std::ranges::any_of(
      configured, [&](const DestinationStatus& status) { return status.name == destination; });
  if (!known) {
    return done(core::fail(core::ErrorCode::not_found, "no such destination is configured",
                           core::Fault::sender));
  }
  tested.push_back(std::move(event));
  if (trial) {
    done(*trial);
  } else {
    hanging_.push_back(std::move(done));
  }
}

}  // namespace spillway::admin::testing_support
