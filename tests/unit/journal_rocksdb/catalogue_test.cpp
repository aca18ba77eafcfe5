#include "journal_rocksdb/catalogue.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/journal_rocksdb/made_log.hpp"

namespace spillway::journal {
namespace {

std::string catalogue_of(int records) {
  MadeLog log;
  for (int record = 0; record < records; ++record) {
    log.add(std::string(100, 'r'));
  }
  return log.bytes();
}

TEST(Catalogue, a_whole_one_is_left_alone) {
  const std::string catalogue = catalogue_of(500);
  EXPECT_EQ(intact_catalogue_bytes(catalogue), catalogue.size());
}

TEST(Catalogue, garbage_behind_the_last_record_is_cut) {
  const std::string catalogue = catalogue_of(3);
  EXPECT_EQ(intact_catalogue_bytes(catalogue + "garbage, seven bytes or more"), catalogue.size());
}

TEST(Catalogue, a_damaged_last_record_is_cut) {
  std::string catalogue = catalogue_of(3);
  catalogue.back() = 'x';
  EXPECT_EQ(intact_catalogue_bytes(catalogue), catalogue_of(2).size());
}

TEST(Catalogue, damage_before_an_intact_record_is_left_for_rocksdb_to_refuse) {
  for (const int records : {3, 500}) {
    std::string catalogue = catalogue_of(records);
    catalogue[150] = 'x';
    EXPECT_EQ(intact_catalogue_bytes(catalogue), catalogue.size()) << records;
  }
}

}  // namespace
}  // namespace spillway::journal
