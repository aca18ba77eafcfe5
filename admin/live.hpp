// GET /v1/stream: how the node is doing, told to all who listen. Each snapshot is taken once for
// all of them, and only while somebody listens. A stream keeps one snapshot of each kind, the
// newest: whoever reads slowly misses those that the buffers of the connection had no room for.
// Owned by the admin context; admin thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/asker.hpp"
#include "admin/sessions.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "http/body_stream.hpp"

namespace spillway::admin {

struct AdminContext;

// In the order in which they are sent.
enum class Topic : std::uint8_t { summary, destinations, jobs };
inline constexpr std::size_t kTopics = 3;

// What one listener is still to get.
class LiveStream final : public http::BodyStream {
 public:
  // The context outlives the stream.
  LiveStream(AdminContext& context, Asker asker) : context_(&context), asker_(std::move(asker)) {}

  // Takes the place of what of this topic was not read yet.
  void offer(Topic topic, Part snapshot);

  // Where nothing comes for 15 s, a comment that keeps the connection alive.
  [[nodiscard]] http::Awaitable<Part> next() override;
  void stop() override;

  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] const Asker& asker() const { return asker_; }

 private:
  struct Woken {};

  [[nodiscard]] Part take();
  void wake();

  AdminContext* context_;
  Asker asker_;
  std::array<Part, kTopics> pending_{};
  std::move_only_function<void(core::Result<Woken>)> wake_;  // of a next() that waits
  bool stopped_ = false;
};

class LiveFeed {
 public:
  static constexpr std::size_t kStreamsMax = 64;
  // Of one token, by the name of its holder, so that whoever holds it keeps nobody else out.
  static constexpr std::size_t kOfOneMax = 16;
  static constexpr core::Duration kEvery = std::chrono::seconds(2);

  enum class Full { of_one, of_all };

  // A stream for whoever asks, with what was last published, unless there are too many.
  [[nodiscard]] std::expected<std::shared_ptr<LiveStream>, Full> join(AdminContext& context,
                                                                      Asker asker);

  // True: somebody listens and nobody publishes yet, which the caller does from now on.
  [[nodiscard]] bool begin_publishing();

  // Whether anybody still listens; ends the streams of sessions that are over. False: publishing is
  // at its end.
  [[nodiscard]] bool goes_on(const Sessions& sessions, core::Time now);

  // Ends the streams of whom that is not said. Returns how many.
  std::size_t keep_only(const std::function<bool(const Asker&)>& of_whom);

  // The body of an answer, as an event of that topic.
  void publish(Topic topic, std::string_view body);

 private:
  void forget_ended();

  std::vector<std::weak_ptr<LiveStream>> streams_;
  std::array<http::BodyStream::Part, kTopics> latest_{};
  bool publishing_ = false;
};

}  // namespace spillway::admin
