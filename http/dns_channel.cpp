#include "http/dns_channel.hpp"

#include "http/deadline.hpp"

#include <ares.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <netinet/in.h>
#include <sys/time.h>
#include <algorithm>
#include <cstring>
#include <utility>

namespace spillway::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Fault;
using core::Result;
using core::Retry;
namespace asio = boost::asio;

using Descriptor = asio::posix::basic_stream_descriptor<IoExecutor>;

Result<DnsAnswer> failure(int status) {
  const std::string text = ares_strerror(status);
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_ENONAME:
    case ARES_EBADNAME:
      return fail(ErrorCode::not_found, "no address is known for this name (" + text + ")",
                  Fault::destination, Retry::safe);
    case ARES_ETIMEOUT:
      return fail(ErrorCode::timeout, "the name servers did not answer", Fault::destination,
                  Retry::safe);
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
      return fail(ErrorCode::cancelled, "the look-up was cancelled", Fault::us, Retry::safe);
    default:
      return fail(ErrorCode::unavailable, "the name servers failed: " + text, Fault::destination,
                  Retry::safe);
  }
}

DnsAnswer to_answer(const ares_addrinfo& info) {
  DnsAnswer answer;
  int ttl = INT_MAX;
  for (const ares_addrinfo_node* node = info.nodes; node != nullptr; node = node->ai_next) {
    ttl = std::min(ttl, node->ai_ttl);
    if (node->ai_family == AF_INET) {
      const auto* address = reinterpret_cast<const sockaddr_in*>(node->ai_addr);
      answer.addresses.emplace_back(asio::ip::address_v4(ntohl(address->sin_addr.s_addr)));
    } else if (node->ai_family == AF_INET6) {
      const auto* address = reinterpret_cast<const sockaddr_in6*>(node->ai_addr);
      asio::ip::address_v6::bytes_type bytes;
      std::memcpy(bytes.data(), &address->sin6_addr, bytes.size());
      answer.addresses.emplace_back(asio::ip::address_v6(bytes));
    }
  }
  for (const ares_addrinfo_cname* alias = info.cnames; alias != nullptr; alias = alias->next) {
    ttl = std::min(ttl, alias->ttl);
  }
  answer.ttl = std::chrono::seconds(ttl);
  return answer;
}

void on_answer(void* argument, int status, int /*timeouts*/, ares_addrinfo* info) {
  const std::unique_ptr<DnsChannel::Done> done(static_cast<DnsChannel::Done*>(argument));
  if (status != ARES_SUCCESS) {
    (*done)(failure(status));
    return;
  }
  DnsAnswer answer = to_answer(*info);
  ares_freeaddrinfo(info);
  if (answer.addresses.empty()) {
    (*done)(failure(ARES_ENODATA));
    return;
  }
  (*done)(std::move(answer));
}

}  // namespace

// A descriptor of c-ares, watched for as long as c-ares wants it and never closed by us.
struct DnsChannel::Socket {
  Socket(IoExecutor executor, int native) : descriptor(executor, native) {}

  Descriptor descriptor;
  bool want_read = false;
  bool want_write = false;
  bool reading = false;
  bool writing = false;
};

Result<std::shared_ptr<DnsChannel>> DnsChannel::open(IoExecutor executor,
                                                     const DnsOptions& options) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (library != ARES_SUCCESS) {
    return fail(ErrorCode::unavailable, std::string("c-ares: ") + ares_strerror(library));
  }
  std::shared_ptr<DnsChannel> channel(new DnsChannel(executor));
  char lookups[] = "fb";  // files, then name servers
  ares_options settings{};
  settings.timeout = static_cast<int>(
      std::chrono::duration_cast<std::chrono::milliseconds>(options.query_timeout).count());
  settings.tries = options.tries;
  settings.lookups = lookups;
  settings.sock_state_cb = &DnsChannel::on_socket_state;
  settings.sock_state_cb_data = channel.get();
  int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  if (!options.nameservers.empty()) {
    settings.flags = ARES_FLAG_NOSEARCH;
    mask |= ARES_OPT_FLAGS;
  }
  int status = ares_init_options(&channel->channel_, &settings, mask);
  if (status != ARES_SUCCESS) {
    channel->channel_ = nullptr;
    return fail(ErrorCode::unavailable,
                std::string("cannot start the resolver: ") + ares_strerror(status));
  }
  if (!options.nameservers.empty()) {
    const std::string list = fmt::format("{}", fmt::join(options.nameservers, ","));
    status = ares_set_servers_ports_csv(channel->channel_, list.c_str());
    if (status != ARES_SUCCESS) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("nameservers \"{}\": expected addresses like 10.0.0.2 or "
                              "10.0.0.2:53 ({})",
                              list, ares_strerror(status)),
                  Fault::sender);
    }
  }
  return channel;
}

DnsChannel::~DnsChannel() {
  if (channel_ != nullptr) {
    ares_destroy(channel_);
  }
}

void DnsChannel::look_up(const std::string& host, Done done) {
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  auto* argument = std::make_unique<Done>(std::move(done)).release();
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &on_answer, argument);
  arm_timer();
}

void DnsChannel::on_socket_state(void* self, int descriptor, int readable, int writable) {
  static_cast<DnsChannel*>(self)->watch(descriptor, readable != 0, writable != 0);
}

void DnsChannel::watch(int descriptor, bool readable, bool writable) {
  auto found = sockets_.find(descriptor);
  if (!readable && !writable) {
    if (found != sockets_.end()) {
      found->second->want_read = found->second->want_write = false;
      found->second->descriptor.release();
      sockets_.erase(found);
    }
    return;
  }
  if (found == sockets_.end()) {
    found = sockets_.emplace(descriptor, std::make_shared<Socket>(executor_, descriptor)).first;
  }
  found->second->want_read = readable;
  found->second->want_write = writable;
  wait(found->second);
}

// The handlers hold the socket, so that it outlives its removal while they are queued, and the
// channel only weakly.
void DnsChannel::wait(const std::shared_ptr<Socket>& socket) {
  if (socket->want_read && !socket->reading) {
    socket->reading = true;
    socket->descriptor.async_wait(Descriptor::wait_read, [weak = weak_from_this(), socket](
                                                             boost::system::error_code /*error*/) {
      socket->reading = false;
      const std::shared_ptr<DnsChannel> self = weak.lock();
      if (self && socket->want_read) {
        self->process(socket->descriptor.native_handle(), ARES_SOCKET_BAD);
        self->wait(socket);
      }
    });
  }
  if (socket->want_write && !socket->writing) {
    socket->writing = true;
    socket->descriptor.async_wait(Descriptor::wait_write, [weak = weak_from_this(), socket](
                                                              boost::system::error_code /*error*/) {
      socket->writing = false;
      const std::shared_ptr<DnsChannel> self = weak.lock();
      if (self && socket->want_write) {
        self->process(ARES_SOCKET_BAD, socket->descriptor.native_handle());
        self->wait(socket);
      }
    });
  }
}

void DnsChannel::process(int readable, int writable) {
  ares_process_fd(channel_, readable, writable);
  arm_timer();
}

void DnsChannel::arm_timer() {
  timeval left{};
  if (ares_timeout(channel_, nullptr, &left) == nullptr) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(deadline_in(std::chrono::seconds(left.tv_sec) +
                                std::chrono::microseconds(left.tv_usec) +
                                std::chrono::milliseconds(1)));  // c-ares counts from then
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const std::shared_ptr<DnsChannel> self = weak.lock();
    if (self && !error) {
      self->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }
  });
}

}  // namespace spillway::http
