// A checkpoint: the node's journal as it was at one instant, beside the journal on the same disk,
// for somebody to copy from while the node goes on. One at a time, for it keeps on the disk what
// the journal lets go. A port that app implements: it is files that are frozen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/error.hpp"

namespace spillway::admin {

struct Checkpoint {
  std::string name;       // digits; no other had it
  std::string directory;  // absolute, of the shape of a data_dir
  std::size_t files = 0;
  std::uint64_t bytes = 0;
};

class Checkpoints {
 public:
  virtual ~Checkpoints() = default;

  // Everything acknowledged before the call is in it. One that stands is a `conflict`, or goes.
  // Takes seconds; one at a time.
  virtual core::Result<Checkpoint> make(bool replace) = 0;

  // False: it does not stand. Any thread.
  virtual core::Result<bool> remove(const std::string& name) = 0;
};

}  // namespace spillway::admin
