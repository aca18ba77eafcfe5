#include <gtest/gtest.h>

#include <string>

#include "retry_kafka/kafka_client.hpp"
#include "retry_kafka/kafka_topics.hpp"

namespace spillway::retry {
namespace {

core::Result<void> check(const std::string& property, const std::string& value) {
  return check_options({.brokers = "k1", .properties = {{property, value}}});
}

TEST(KafkaOptionsCheck, takes_what_librdkafka_knows) {
  EXPECT_TRUE(check("sasl.password", "hidden"));
  EXPECT_TRUE(check("compression.codec", "zstd"));
}

TEST(KafkaOptionsCheck, an_unknown_property_is_named) {
  const auto checked = check("sasl.pasword", "hidden");
  ASSERT_FALSE(checked);
  EXPECT_TRUE(checked.error().message.contains("knows no property \"sasl.pasword\""))
      << checked.error().message;
  EXPECT_FALSE(checked.error().message.contains("hidden"));
}

TEST(KafkaOptionsCheck, a_bad_value_is_not_shown) {
  const auto checked = check("security.protocol", "hidden");
  ASSERT_FALSE(checked);
  EXPECT_TRUE(checked.error().message.contains("this value of \"security.protocol\""))
      << checked.error().message;
  EXPECT_FALSE(checked.error().message.contains("hidden"));
}

TEST(KafkaContext, hides_values_of_properties_in_what_the_library_says) {
  const KafkaContext context("writer", {.brokers = "k1",
                                        .properties = {{"sasl.password", "correct horse"},
                                                       {"ssl.key.password", "correct horse staple"},
                                                       {"client.rack", "a"}}});
  EXPECT_EQ(context.without_secrets("a: correct horse staple, correct horse, correct horse"),
            "a: …, …, …");
}

}  // namespace
}  // namespace spillway::retry
