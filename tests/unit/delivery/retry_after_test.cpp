#include "delivery/retry_after.hpp"

#include "delivery/http_date.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

namespace spillway::delivery {
namespace {

using std::chrono::seconds;

const core::Time kNow = core::from_micros(1'790'000'000'000'000);

TEST(RetryAfter, agrees_with_all_vectors) {
  simdjson::dom::parser parser;
  const simdjson::dom::array vectors = parser.load(SPILLWAY_VECTORS "/retry_after.json");
  ASSERT_GT(vectors.size(), 0u);
  for (const simdjson::dom::element vector : vectors) {
    const std::string_view name = vector["name"];
    const core::Time now{seconds(std::int64_t(vector["now_unix"]))};
    const auto delay = parse_retry_after(std::string_view(vector["header"]), now);
    if (vector["expect"]["delay_s"].is_null()) {
      EXPECT_FALSE(delay) << name;
    } else {
      ASSERT_TRUE(delay) << name;
      EXPECT_EQ(*delay, seconds(std::int64_t(vector["expect"]["delay_s"]))) << name;
    }
  }
}

TEST(RetryAfter, reads_the_obsolete_date_forms) {
  EXPECT_EQ(parse_retry_after("Monday, 21-Sep-26 14:14:50 GMT", kNow), seconds(90));
  EXPECT_EQ(parse_retry_after("Mon Sep 21 14:14:50 2026", kNow), seconds(90));
  EXPECT_EQ(parse_retry_after("Fri Sep  1 00:00:00 2023", kNow), seconds(0));
}

TEST(RetryAfter, refuses_what_is_no_date_and_no_number) {
  for (const char* text :
       {"", " ", "1.5", "+5", "12s", "0x10", "Mon, 21 Sep 2026 14:14:50",
        "Mon, 31 Sep 2026 14:14:50 GMT", "Mon, 21 Sep 2026 24:00:00 GMT",
        "Mon, 1 Sep 2026 14:14:50 GMT", "Mon, 21 Sept 2026 14:14:50 GMT",
        "Mon, 21 Sep 2026 14:14:50 GMT extra", "Mon", "Monday,", "Mon Sep 21 14:14:50 26"}) {
    EXPECT_FALSE(parse_retry_after(text, kNow)) << text;
  }
}

TEST(RetryAfter, survives_more_digits_than_a_number_holds) {
  const auto delay = parse_retry_after(std::string(400, '9'), kNow);
  ASSERT_TRUE(delay);
  EXPECT_GT(*delay, kRetryAfterMax);
}

TEST(RetryAfter, a_two_digit_year_far_ahead_is_of_the_past_century) {
  const auto date = parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", kNow);
  ASSERT_TRUE(date);
  EXPECT_EQ(core::to_unix_seconds(*date), 784111777);
}

}  // namespace
}  // namespace spillway::delivery
