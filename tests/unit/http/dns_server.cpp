#include "tests/unit/http/dns_server.hpp"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

namespace spillway::http::testing_support {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::size_t kHeader = 12;

void put16(std::string& out, std::uint32_t value) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value));
}

std::string encode_name(const std::string& name) {
  std::string out;
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    out.push_back(static_cast<char>(end - begin));
    out.append(name, begin, end - begin);
    begin = end + 1;
  }
  out.push_back('\0');
  return out;
}

void put_record(std::string& out, const std::string& name, std::uint16_t type, std::uint32_t ttl,
                const std::string& data) {
  out += encode_name(name);
  put16(out, type);
  put16(out, 1);
  put16(out, ttl >> 16);
  put16(out, ttl);
  put16(out, static_cast<std::uint32_t>(data.size()));
  out += data;
}

template <class Bytes>
std::string to_text(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

DnsServer::DnsServer(Loop& loop)
    : socket_(loop.executor(), udp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  loop.start(serve());
}

std::string DnsServer::address() const {
  return fmt::format("127.0.0.1:{}", socket_.local_endpoint().port());
}

Awaitable<> DnsServer::serve() {
  for (;;) {
    const auto [error, bytes] =
        co_await socket_.async_receive_from(asio::buffer(buffer_), peer_, kAwait);
    if (error) {
      co_return;
    }
    answer(bytes);
  }
}

void DnsServer::answer(std::size_t bytes) {
  const std::string query(buffer_.data(), bytes);
  std::string name;
  std::size_t at = kHeader;
  for (; query.at(at) != '\0'; at += static_cast<std::size_t>(query[at]) + 1) {
    name += (name.empty() ? "" : ".") + query.substr(at + 1, static_cast<std::size_t>(query[at]));
  }
  const std::size_t question_end = at + 5;
  const auto type = static_cast<std::uint16_t>(static_cast<unsigned char>(query.at(at + 2)));
  asked[name] += type == kTypeA ? 1 : 0;

  const auto found = records.find(name);
  const DnsRecord record = found != records.end() ? found->second : DnsRecord{.rcode = 3};
  if (record.silent) {
    return;
  }
  std::string answers;
  std::uint32_t count = 0;
  const std::string owner = record.cname.empty() ? name : record.cname;
  if (!record.cname.empty()) {
    put_record(answers, name, kTypeCname, record.ttl, encode_name(record.cname));
    ++count;
  }
  for (const std::string& address : type == kTypeA ? record.ipv4 : record.ipv6) {
    const auto parsed = asio::ip::make_address(address);
    put_record(
        answers, owner, type == kTypeA ? kTypeA : kTypeAaaa, record.ttl,
        parsed.is_v4() ? to_text(parsed.to_v4().to_bytes()) : to_text(parsed.to_v6().to_bytes()));
    ++count;
  }
  std::string reply = query.substr(0, 2);
  put16(reply, 0x8180 | static_cast<std::uint32_t>(record.rcode));
  put16(reply, 1);
  put16(reply, count);
  put16(reply, 0);
  put16(reply, 0);
  reply += query.substr(kHeader, question_end - kHeader) + answers;
  boost::system::error_code ignored;
  socket_.send_to(asio::buffer(reply), peer_, 0, ignored);
}

}  // namespace spillway::http::testing_support
