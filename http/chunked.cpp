#include "http/chunked.hpp"

#include <algorithm>

#include "http/grammar.hpp"
#include "http/problem.hpp"

namespace spillway::http {
namespace {

// Of extensions and trailers of one body together: nobody needs them.
constexpr std::size_t kDroppedBytesMax = 4 * 1024;

int hex_digit(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::expected<ChunkedDecoder::Step, Response> ChunkedDecoder::resume(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::done) {
    if (state_ == State::data) {
      const auto bytes =
          static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
      left_ -= bytes;
      state_ = left_ == 0 ? State::data_cr : State::data;
      return Step{.consumed = at + bytes, .data = input.substr(at, bytes)};
    }
    if (!take(input[at])) {
      return std::unexpected(problem(400,
                                     "the chunked body is malformed, or its chunk extensions "
                                     "and trailers are too long"));
    }
    ++at;
  }
  return Step{.consumed = at, .data = {}};
}

// False refuses the byte.
bool ChunkedDecoder::take(char c) {
  switch (state_) {
    case State::size_first:
      left_ = 0;
      digits_ = 0;
      return take_size_digit(c);
    case State::size:
      if (c == '\r') {
        state_ = State::size_end;
        return true;
      }
      if (c == ';') {
        state_ = State::extension;
        return true;
      }
      return take_size_digit(c);
    case State::extension:
      return take_extension(c);
    case State::size_end:
      return expect(c, '\n', left_ == 0 ? State::trailer_first : State::data);
    case State::data_cr:
      return expect(c, '\r', State::data_end);
    case State::data_end:
      return expect(c, '\n', State::size_first);
    case State::trailer_first:
      if (c == '\r') {
        state_ = State::last_end;
        return true;
      }
      state_ = State::trailer_name;
      return is_token_char(c) && take_dropped(c, State::trailer_end);
    case State::trailer_name:
      if (c == ':') {
        state_ = State::trailer;
        return true;
      }
      return is_token_char(c) && take_dropped(c, State::trailer_end);
    case State::trailer:
      return take_dropped(c, State::trailer_end);
    case State::trailer_end:
      return expect(c, '\n', State::trailer_first);
    case State::last_end:
      return expect(c, '\n', State::done);
    case State::data:
    case State::done:
      break;
  }
  return false;
}

bool ChunkedDecoder::take_size_digit(char c) {
  constexpr int kDigitsMax = 15;  // so that the size cannot overflow
  const int digit = hex_digit(c);
  if (digit < 0 || ++digits_ > kDigitsMax) {
    return false;
  }
  left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
  state_ = State::size;
  return true;
}

// A parser that reads quoted text on past the line's end would see other chunks than we do.
bool ChunkedDecoder::take_extension(char c) {
  if (escaped_) {
    escaped_ = false;
  } else if (c == '"') {
    quoted_ = !quoted_;
  } else {
    escaped_ = quoted_ && c == '\\';
  }
  const bool breaks_quoted_text = quoted_ && c == '\r';
  return !breaks_quoted_text && take_dropped(c, State::size_end);
}

bool ChunkedDecoder::take_dropped(char c, State line_end) {
  if (c == '\r') {
    state_ = line_end;
    return true;
  }
  return is_field_char(c) && ++dropped_ <= kDroppedBytesMax;
}

bool ChunkedDecoder::expect(char c, char wanted, State next) {
  state_ = next;
  return c == wanted;
}

}  // namespace spillway::http
