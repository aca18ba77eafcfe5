#include "admin/trail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::admin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Trail, keeps_so_many_of_each_sort) {
  Trail trail;
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kActionsKept; ++i) {
    trail.add(++number, "destination.pause");
  }
  for (std::size_t i = 0; i < kSignInsKept; ++i) {
    trail.add(++number, i % 2 == 0 ? "session.begin" : "session.end");
  }
  EXPECT_THAT(trail.take_surplus(), IsEmpty());
  EXPECT_EQ(trail.last(), kActionsKept + kSignInsKept);
  trail.add(++number, "session.begin");
  EXPECT_THAT(trail.take_surplus(), ElementsAre(kActionsKept + 1));
  trail.add(++number, "purge");
  EXPECT_THAT(trail.take_surplus(), ElementsAre(1));
  EXPECT_THAT(trail.take_surplus(), IsEmpty());
  EXPECT_EQ(trail.last(), number);
}

}  // namespace
}  // namespace spillway::admin
