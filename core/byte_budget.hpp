// A global allowance of bytes held in memory (docs/correctness.md 17): who wants to hold a body
// reserves its bytes first and is refused when the budget is used up. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace spillway::core {

class ByteBudget {
 public:
  // Holds bytes of a budget until destroyed. The budget outlives it.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Reservation& operator=(Reservation&& other) noexcept {
      if (this != &other) {
        release();
        budget_ = std::exchange(other.budget_, nullptr);
        bytes_ = std::exchange(other.bytes_, 0);
      }
      return *this;
    }
    ~Reservation() { release(); }

    // Takes more bytes from the same budget; false leaves the reservation as it was.
    [[nodiscard]] bool grow(std::size_t bytes) {
      if (budget_ == nullptr || !budget_->take(bytes, budget_->limit_)) {
        return false;
      }
      bytes_ += bytes;
      return true;
    }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] explicit operator bool() const { return budget_ != nullptr; }

   private:
    friend class ByteBudget;
    Reservation(ByteBudget* budget, std::size_t bytes) : budget_(budget), bytes_(bytes) {}
    void release() {
      if (budget_ != nullptr) {
        budget_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
        budget_ = nullptr;
      }
    }

    ByteBudget* budget_ = nullptr;
    std::size_t bytes_ = 0;
  };

  explicit ByteBudget(std::size_t limit) : limit_(limit) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // An empty reservation (false) when the budget does not have that much left.
  [[nodiscard]] Reservation reserve(std::size_t bytes) { return reserve(bytes, limit_); }
  // The same as if it were no larger than `ceiling`, which is the limit at most.
  [[nodiscard]] Reservation reserve(std::size_t bytes, std::size_t ceiling) {
    return take(bytes, ceiling) ? Reservation(this, bytes) : Reservation();
  }

  [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t limit() const { return limit_; }

 private:
  [[nodiscard]] bool take(std::size_t bytes, std::size_t ceiling) {
    const std::size_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (bytes > ceiling || before > ceiling - bytes) {
      used_.fetch_sub(bytes, std::memory_order_relaxed);
      return false;
    }
    return true;
  }

  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace spillway::core
