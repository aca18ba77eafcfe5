// Takes the chunked coding (RFC 9112 section 7.1) off a body, strictly: what is not exactly a chunk
// is refused. Chunk extensions and trailers are bounded and dropped. Pure; one per body, owned by
// the server session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "http/message.hpp"

namespace spillway::http {

class ChunkedDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;  // bytes of the input, those of `data` included
    std::string_view data;     // the next part of the body, inside the input; may be empty
  };

  // Reads on in `input`, which starts where the last step ended. Stops after the first part of the
  // body, at the body's end, or when the input is used up. A response is the refusal.
  [[nodiscard]] std::expected<Step, Response> resume(std::string_view input);

  [[nodiscard]] bool done() const { return state_ == State::done; }

 private:
  enum class State {
    size_first,  // the first digit of a chunk's size
    size,
    extension,
    size_end,  // the LF after the size
    data,
    data_cr,
    data_end,
    trailer_first,  // the first byte of a trailer line, or the CR of the last line
    trailer_name,
    trailer,
    trailer_end,
    last_end,
    done,
  };

  [[nodiscard]] bool take(char c);
  [[nodiscard]] bool take_size_digit(char c);
  [[nodiscard]] bool take_extension(char c);
  [[nodiscard]] bool take_dropped(char c, State line_end);
  [[nodiscard]] bool expect(char c, char wanted, State next);

  State state_ = State::size_first;
  int digits_ = 0;           // of the current chunk's size
  std::uint64_t left_ = 0;   // of the current chunk's data
  bool quoted_ = false;      // inside quoted text of an extension
  bool escaped_ = false;     // after a backslash in it
  std::size_t dropped_ = 0;  // bytes of extensions and trailers so far
};

}  // namespace spillway::http
