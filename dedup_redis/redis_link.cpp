#include "dedup_redis/redis_link.hpp"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <memory>
#include <utility>

#include "http/client_tls.hpp"

namespace spillway::dedup {
namespace {

std::unexpected<core::Error> failure(std::string message) {
  return core::fail(core::ErrorCode::unavailable, std::move(message));
}

std::string text_of(const redisReply& reply) {
  return reply.type == REDIS_REPLY_INTEGER ? std::to_string(reply.integer)
                                           : std::string(reply.str, reply.len);
}

core::Result<RedisReply> to_reply(const redisReply* found, const redisAsyncContext& context) {
  if (found == nullptr) {
    const std::string why = context.err != 0 ? context.errstr : "closed";
    return failure("the connection to Redis is gone: " + why);
  }
  RedisReply reply;
  switch (found->type) {
    case REDIS_REPLY_ERROR:
      return failure("Redis answered: " + text_of(*found));
    case REDIS_REPLY_NIL:
      reply.nil = true;
      break;
    case REDIS_REPLY_ARRAY:
      for (std::size_t i = 0; i < found->elements; ++i) {
        reply.items.push_back(text_of(*found->element[i]));
      }
      break;
    default:
      reply.text = text_of(*found);
  }
  return reply;
}

}  // namespace

// The event loop as hiredis asks for it. It lives until the last wait of the socket has ended,
// which may be after the link is gone.
class RedisLink::Loop : public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(http::IoExecutor executor) : socket_(executor) {}

  core::Result<void> connect(const std::string& address, std::uint16_t port, ssl_st* tls) {
    std::unique_ptr<ssl_st, decltype(&http::free_session)> session(tls, &http::free_session);
    redisOptions options{};
    REDIS_OPTIONS_SET_TCP(&options, address.c_str(), port);
    context_ = redisAsyncConnectWithOptions(&options);
    if (context_ == nullptr || context_->err != 0) {
      auto error = failure(context_ == nullptr ? "out of memory" : context_->errstr);
      close();
      return error;
    }
    if (session != nullptr && redisInitiateSSL(&context_->c, session.get()) != REDIS_OK) {
      auto error = failure(std::string("TLS with Redis failed: ") + context_->c.errstr);
      close();
      return error;
    }
    [[maybe_unused]] ssl_st* const taken = session.release();  // hiredis frees it with the context
    boost::system::error_code error;
    socket_.assign(context_->c.fd, error);
    if (error) {
      close();
      return failure(error.message());
    }
    attach();
    return {};
  }

  void command(const std::vector<std::string>& words, Callback callback) {
    if (context_ == nullptr) {
      callback(failure("the connection to Redis is gone"));
      return;
    }
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    Callback* const waiting = std::make_unique<Callback>(std::move(callback)).release();
    const int sent =
        redisAsyncCommandArgv(context_, &Loop::answered, waiting, static_cast<int>(words.size()),
                              texts.data(), sizes.data());
    if (sent != REDIS_OK) {  // else answered() owns it
      const std::unique_ptr<Callback> refused(waiting);
      (*refused)(failure("the connection to Redis is closing"));
    }
  }

  void close() {
    if (redisAsyncContext* const context = std::exchange(context_, nullptr)) {
      redisAsyncFree(context);  // calls back what waits, and cleanup() where it was attached
    }
  }

  [[nodiscard]] bool broken() const { return context_ == nullptr; }

 private:
  static Loop& from(void* data) { return *static_cast<Loop*>(data); }

  static void answered(redisAsyncContext* context, void* reply, void* data) {
    const std::unique_ptr<Callback> callback(static_cast<Callback*>(data));
    (*callback)(to_reply(static_cast<const redisReply*>(reply), *context));
  }

  void attach() {
    auto& hooks = context_->ev;
    hooks.data = this;
    hooks.addRead = [](void* data) { from(data).want_read(true); };
    hooks.delRead = [](void* data) { from(data).want_read(false); };
    hooks.addWrite = [](void* data) { from(data).want_write(true); };
    hooks.delWrite = [](void* data) { from(data).want_write(false); };
    hooks.cleanup = [](void* data) { from(data).cleanup(); };
    want_write(true);  // ends the connecting
  }

  void want_read(bool wanted) {
    wants_read_ = wanted;
    if (!wanted || std::exchange(reading_, true)) {
      return;
    }
    socket_.async_wait(Socket::wait_read,
                       [self = shared_from_this()](boost::system::error_code error) {
                         self->reading_ = false;
                         self->ready(error, self->wants_read_, &redisAsyncHandleRead);
                         self->want_read(self->wants_read_ && !self->broken());
                       });
  }

  void want_write(bool wanted) {
    wants_write_ = wanted;
    if (!wanted || std::exchange(writing_, true)) {
      return;
    }
    socket_.async_wait(Socket::wait_write,
                       [self = shared_from_this()](boost::system::error_code error) {
                         self->writing_ = false;
                         self->ready(error, self->wants_write_, &redisAsyncHandleWrite);
                         self->want_write(self->wants_write_ && !self->broken());
                       });
  }

  void ready(boost::system::error_code error, bool wanted, void (*handle)(redisAsyncContext*)) {
    if (!error && wanted && context_ != nullptr) {
      handle(context_);
    }
  }

  // hiredis is about to close the socket and to free the context.
  void cleanup() {
    context_ = nullptr;
    wants_read_ = wants_write_ = false;
    if (socket_.is_open()) {
      (void)socket_.release();
    }
  }

  using Socket = boost::asio::posix::basic_stream_descriptor<http::IoExecutor>;

  Socket socket_;
  redisAsyncContext* context_ = nullptr;
  bool wants_read_ = false;
  bool wants_write_ = false;
  bool reading_ = false;  // a wait is under way
  bool writing_ = false;
};

core::Result<std::unique_ptr<RedisLink>> RedisLink::open(http::IoExecutor executor,
                                                         const std::string& address,
                                                         std::uint16_t port, ssl_st* tls) {
  auto loop = std::make_shared<Loop>(executor);
  if (auto connecting = loop->connect(address, port, tls); !connecting) {
    return std::unexpected(std::move(connecting).error());
  }
  return std::unique_ptr<RedisLink>(new RedisLink(std::move(loop)));
}

RedisLink::~RedisLink() {
  loop_->close();
}

void RedisLink::command(const std::vector<std::string>& words, Callback callback) {
  loop_->command(words, std::move(callback));
}

bool RedisLink::broken() const {
  return loop_->broken();
}

}  // namespace spillway::dedup
