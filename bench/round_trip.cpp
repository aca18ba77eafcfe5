// Measures a gateway from both sides with one clock: posts events at a constant rate to it, and is
// the destination that receives them. Every event carries the time at which it was due, and all
// latencies count from there, so a stall is seen in full however late it makes the events behind
// it (an open loop). One thread, which sleeps whenever there is nothing to do: it shares the
// machine with what it measures. bench/run starts it and reads its JSON.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace {

using Nanoseconds = std::chrono::nanoseconds;

struct Options {
  std::uint16_t port = 0;  // of the gateway, on 127.0.0.1
  std::string path;
  double rate = 0;  // events per second
  double seconds = 0;
  double warm_up = 1;  // seconds before that, which count for nothing
  std::size_t connections = 32;
  std::size_t body_bytes = 1024;
  std::uint16_t listen = 0;  // 0: deliveries are not awaited
};

constexpr Nanoseconds kStragglers = std::chrono::seconds(10);  // after the last event was due
constexpr std::string_view kBodyStart = R"({"due":")";
constexpr std::size_t kDueDigits = 20;

Nanoseconds now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {
    if (descriptor < 0) {
      fail("socket");
    }
  }
  ~Socket() { ::close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// An HTTP connection of either side: whole messages come in, and whole messages are written.
class Connection {
 public:
  explicit Connection(int descriptor) : socket_(descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  [[nodiscard]] int descriptor() const { return socket_.get(); }

  // A message of some kilobytes fits into the socket's buffer, so this does not wait.
  void write(std::string_view message) {
    if (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(message.size())) {
      fail("send");
    }
  }

  // Takes what has arrived; false once the peer has closed.
  [[nodiscard]] bool read() {
    std::array<char, 16384> chunk;
    const ssize_t size = ::recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (size > 0) {
      received_.append(chunk.data(), static_cast<std::size_t>(size));
    }
    return size > 0 || (size < 0 && errno == EAGAIN);
  }

  struct Message {
    std::string head;
    std::string body;
  };

  // The next whole message that has arrived.
  std::optional<Message> next() {
    const std::size_t head_bytes = received_.find("\r\n\r\n");
    if (head_bytes == std::string::npos) {
      return std::nullopt;
    }
    Message message{.head = received_.substr(0, head_bytes + 2), .body = {}};
    const std::size_t body_at = head_bytes + 4;
    const std::size_t body_bytes = content_length(message.head);
    if (received_.size() < body_at + body_bytes) {
      return std::nullopt;
    }
    message.body = received_.substr(body_at, body_bytes);
    received_.erase(0, body_at + body_bytes);
    return message;
  }

 private:
  static std::size_t content_length(std::string_view head) {
    constexpr std::string_view kName = "\r\nContent-Length: ";
    const auto at = std::ranges::search(head, kName, [](unsigned char a, unsigned char b) {
      return std::tolower(a) == std::tolower(b);
    });
    std::size_t bytes = 0;
    if (!at.empty()) {
      std::from_chars(&*at.begin() + kName.size(), head.data() + head.size(), bytes);
    }
    return bytes;
  }

  Socket socket_;
  std::string received_;
};

// Latencies from the instant an event was due.
class Latencies {
 public:
  void add(Nanoseconds latency) { all_.push_back(latency); }
  [[nodiscard]] std::size_t count() const { return all_.size(); }

  [[nodiscard]] std::string to_json() {
    std::ranges::sort(all_);
    return fmt::format(R"({{"count":{},"p50":{:.9f},"p99":{:.9f},"max":{:.9f}}})", all_.size(),
                       quantile(0.5), quantile(0.99), quantile(1));
  }

 private:
  [[nodiscard]] double quantile(double share) const {
    if (all_.empty()) {
      return 0;
    }
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(all_.size()));
    return std::chrono::duration<double>(all_[std::min(rank, all_.size() - 1)]).count();
  }

  std::vector<Nanoseconds> all_;
};

class RoundTrip {
 public:
  explicit RoundTrip(const Options& options)
      : options_(options), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    body_ = std::string(kBodyStart) + std::string(kDueDigits, '0') + R"(","data":")";
    body_.append(std::max(body_.size() + 2, options.body_bytes) - body_.size() - 2, 'x');
    body_ += R"("})";
    head_ = fmt::format(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n",
        options.path, options.port, body_.size());
  }

  void run() {
    open();
    const Nanoseconds started = now();
    const std::chrono::duration<double> warm_up(options_.warm_up);
    measured_from_ = started + std::chrono::duration_cast<Nanoseconds>(warm_up);
    const auto count =
        static_cast<std::uint64_t>(options_.rate * (options_.warm_up + options_.seconds));
    for (std::uint64_t number = 0; number < count; ++number) {
      const std::chrono::duration<double> offset(static_cast<double>(number) / options_.rate);
      const Nanoseconds due = started + std::chrono::duration_cast<Nanoseconds>(offset);
      while (now() < due) {
        poll(due);
      }
      if (due >= measured_from_) {
        ++measured_;
      }
      waiting_.push_back(due);
      post_waiting();
    }
    const Nanoseconds deadline = now() + kStragglers;
    while (!complete() && now() < deadline) {
      poll(deadline);
    }
  }

  void report() {
    fmt::print(R"({{"events":{},"refused":{},"ack":{},"delivery":{}}})"
               "\n",
               measured_, refused_, acks_.to_json(), deliveries_.to_json());
  }

 private:
  struct Sender {
    explicit Sender(int descriptor) : connection(descriptor) {}
    Connection connection;
    std::optional<Nanoseconds> due{};  // of the event under way
  };

  void open() {
    if (options_.listen != 0) {
      listener_ = std::make_unique<Socket>(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const int on = 1;
      ::setsockopt(listener_->get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      const sockaddr_in address = loopback(options_.listen);
      if (::bind(listener_->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
              0 ||
          ::listen(listener_->get(), SOMAXCONN) != 0) {
        fail("listen");
      }
      watch(listener_->get());
    }
    for (std::size_t i = 0; i < options_.connections; ++i) {
      const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      auto sender = std::make_unique<Sender>(descriptor);
      const sockaddr_in address = loopback(options_.port);
      if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail("connect");
      }
      watch(descriptor);
      idle_.push_back(sender.get());
      slot(senders_, descriptor) = std::move(sender);
    }
  }

  // Everything that happens until then, or at least once.
  void poll(Nanoseconds until) {
    const Nanoseconds wait = std::max(until - now(), Nanoseconds::zero());
    const timespec limit{.tv_sec = wait.count() / 1'000'000'000,
                         .tv_nsec = wait.count() % 1'000'000'000};
    std::array<epoll_event, 64> events;
    const int ready = ::epoll_pwait2(poll_.get(), events.data(), events.size(), &limit, nullptr);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (listener_ && descriptor == listener_->get()) {
        accept();
      } else if (Sender* sender = slot(senders_, descriptor).get()) {
        take_acks(*sender);
      } else if (slot(receivers_, descriptor)) {
        take_deliveries(descriptor);
      }
    }
  }

  void accept() {
    const int descriptor = ::accept4(listener_->get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) {
      fail("accept");
    }
    slot(receivers_, descriptor) = std::make_unique<Connection>(descriptor);
    watch(descriptor);
  }

  void post_waiting() {
    while (!waiting_.empty() && !idle_.empty()) {
      Sender* sender = idle_.front();
      idle_.pop_front();
      sender->due = waiting_.front();
      waiting_.pop_front();
      const std::string digits = fmt::format("{:0{}}", sender->due->count(), kDueDigits);
      body_.replace(kBodyStart.size(), kDueDigits, digits);
      sender->connection.write(head_ + body_);
    }
  }

  void take_acks(Sender& sender) {
    if (!sender.connection.read()) {
      throw std::runtime_error("the gateway closed a connection");
    }
    const auto answer = sender.connection.next();
    if (!answer || !sender.due) {
      return;
    }
    if (!answer->head.starts_with("HTTP/1.1 2")) {
      ++refused_;
    } else if (*sender.due >= measured_from_) {
      acks_.add(now() - *sender.due);
    }
    sender.due.reset();
    idle_.push_back(&sender);
    post_waiting();
  }

  void take_deliveries(int descriptor) {
    std::unique_ptr<Connection>& connection = slot(receivers_, descriptor);
    if (!connection->read()) {
      connection.reset();
      return;
    }
    while (const auto request = connection->next()) {
      const Nanoseconds due = due_in(request->body);
      if (due >= measured_from_) {
        deliveries_.add(now() - due);
      }
      connection->write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  }

  static Nanoseconds due_in(std::string_view body) {
    std::int64_t due = 0;
    if (body.starts_with(kBodyStart)) {
      const std::string_view digits = body.substr(kBodyStart.size(), kDueDigits);
      std::from_chars(digits.data(), digits.data() + digits.size(), due);
    }
    return Nanoseconds(due);
  }

  [[nodiscard]] bool complete() const {
    return idle_.size() == options_.connections &&
           (!listener_ || deliveries_.count() >= acks_.count());
  }

  void watch(int descriptor) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
    if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
      fail("epoll_ctl");
    }
  }

  template <class T>
  static T& slot(std::vector<T>& all, int descriptor) {
    const auto index = static_cast<std::size_t>(descriptor);
    if (all.size() <= index) {
      all.resize(index + 1);
    }
    return all[index];
  }

  Options options_;
  Socket poll_;
  std::unique_ptr<Socket> listener_;
  std::vector<std::unique_ptr<Sender>> senders_;        // by descriptor
  std::vector<std::unique_ptr<Connection>> receivers_;  // by descriptor
  std::deque<Sender*> idle_;         // take turns, so that none is closed for its silence
  std::deque<Nanoseconds> waiting_;  // due, and no connection was idle
  std::string head_;
  std::string body_;
  Nanoseconds measured_from_{};
  std::uint64_t measured_ = 0;
  std::uint64_t refused_ = 0;
  Latencies acks_;
  Latencies deliveries_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Posts events at a constant rate and receives them again; prints latencies");
  app.add_option("--port", options.port, "Of the gateway, on 127.0.0.1")->required();
  app.add_option("--path", options.path, "Of the source")->required();
  app.add_option("--rate", options.rate, "Events per second")->required();
  app.add_option("--seconds", options.seconds, "For so long")->required();
  app.add_option("--warm-up", options.warm_up, "Seconds before, not counted");
  app.add_option("--connections", options.connections, "To the gateway");
  app.add_option("--body-bytes", options.body_bytes, "Of each event");
  app.add_option("--listen", options.listen, "The destination's port; none: not measured");
  CLI11_PARSE(app, argc, argv);
  ::prctl(PR_SET_TIMERSLACK, 1);  // ns: wake when an event is due, not 50 µs later
  try {
    RoundTrip round_trip(options);
    round_trip.run();
    round_trip.report();
  } catch (const std::exception& error) {
    fmt::print(stderr, "spillway_round_trip: {}\n", error.what());
    return 1;
  }
}
