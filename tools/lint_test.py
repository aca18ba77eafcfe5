"""The lint scripts on planted violations, and on what must not be mistaken for one."""

import unittest

import cxx_sources
import lint_includes
import lint_text

HEADER = "// What it is.\n#pragma once\n"


def includes(name, header):
    return [message for _, message in lint_includes.check(name, f"#include {header}\n")]


def text(name, body):
    return [message for _, message in lint_text.check(name, body)]


class IncludeDirection(unittest.TestCase):
    def test_an_include_may_point_left(self):
        self.assertEqual(includes("delivery/lane.cpp", '"journal/store.hpp"'), [])
        self.assertEqual(includes("app/main.cpp", '"config/config.hpp"'), [])

    def test_an_include_may_not_point_right(self):
        self.assertEqual(len(includes("core/event.hpp", '"journal/store.hpp"')), 1)
        self.assertEqual(len(includes("gateway/ingest.cpp", '"config/config.hpp"')), 1)

    def test_siblings_may_not_include_each_other(self):
        self.assertEqual(len(includes("journal/store.cpp", '"routing/table.hpp"')), 1)
        self.assertEqual(len(includes("admin/api.cpp", '"gateway/ingest.hpp"')), 1)

    def test_an_adapter_includes_its_module_and_only_app_includes_the_adapter(self):
        self.assertEqual(includes("journal_rocksdb/store.cpp", '"journal/store.hpp"'), [])
        self.assertEqual(len(includes("journal_rocksdb/store.cpp", '"http/server.hpp"')), 1)
        self.assertEqual(includes("app/serve.cpp", '"journal_rocksdb/store.hpp"'), [])
        self.assertEqual(len(includes("delivery/lane.cpp", '"journal_rocksdb/store.hpp"')), 1)

    def test_a_folder_unknown_to_the_table_is_reported(self):
        self.assertEqual(len(includes("helpers/a.cpp", '"core/event.hpp"')), 1)

    def test_tests_may_include_any_module(self):
        self.assertEqual(includes("tests/unit/core/a_test.cpp", '"app/demo.hpp"'), [])


class LibraryOwners(unittest.TestCase):
    def test_a_heavy_library_stays_in_its_adapter(self):
        self.assertEqual(includes("journal_rocksdb/store.cpp", "<rocksdb/db.h>"), [])
        self.assertEqual(len(includes("journal/store.cpp", "<rocksdb/db.h>")), 1)
        self.assertEqual(len(includes("admin/metrics.cpp", "<prometheus/registry.h>")), 1)

    def test_what_decides_has_no_boost(self):
        self.assertEqual(includes("http/session.cpp", "<boost/asio/awaitable.hpp>"), [])
        for module in ("core", "journal", "routing", "delivery"):
            self.assertEqual(len(includes(f"{module}/a.cpp", "<boost/asio/awaitable.hpp>")), 1)

    def test_a_single_file_may_own_a_library(self):
        self.assertEqual(includes("delivery/http_sender.cpp", "<boost/asio/post.hpp>"), [])

    def test_light_tests_have_no_heavy_library(self):
        self.assertEqual(len(includes("tests/unit/journal/a_test.cpp", "<rocksdb/db.h>")), 1)
        self.assertEqual(len(includes("tests/simulation/world.cpp", "<rocksdb/db.h>")), 1)
        self.assertEqual(includes("tests/unit/journal_rocksdb/a_test.cpp", "<rocksdb/db.h>"), [])

    def test_only_tests_include_the_test_library(self):
        self.assertEqual(includes("tests/unit/core/a_test.cpp", "<gtest/gtest.h>"), [])
        self.assertEqual(len(includes("core/a.cpp", "<gtest/gtest.h>")), 1)


class Text(unittest.TestCase):
    def test_what_is_owned_elsewhere_is_reported_with_its_line(self):
        for planted in ("std::thread t;", "std::mutex m;", "asio::steady_timer t;",
                        "std::this_thread::sleep_for(1s);", "std::chrono::steady_clock::now();",
                        "std::random_device d;", "std::uniform_int_distribution<int> d;",
                        "fdatasync(fd);"):
            with self.subTest(planted):
                found = lint_text.check("routing/table.cpp", "int a;\n" + planted + "\n")
                self.assertEqual([line for line, _ in found], [2])

    def test_owners_may_use_what_they_own(self):
        self.assertEqual(text("core/system_clock.cpp", "std::chrono::system_clock::now();\n"), [])

    def test_comments_and_literals_are_no_code(self):
        body = '// std::thread\n/* fsync\n */ auto a = "std::mutex"; auto b = R"(sleep_for)";\n'
        self.assertEqual(text("routing/table.cpp", body), [])

    def test_digit_separators_do_not_hide_code(self):
        body = "int a = 10'000; std::thread t; int b = 20'000;\n"
        self.assertEqual(len(text("routing/table.cpp", body)), 1)

    def test_blanking_keeps_line_numbers(self):
        self.assertEqual(cxx_sources.code_only('/*\n\n*/ a R"(\n)" b').count("\n"), 3)

    def test_a_header_opens_with_a_comment_and_pragma_once(self):
        self.assertEqual(text("core/a.hpp", HEADER), [])
        self.assertEqual(len(text("core/a.hpp", "#pragma once\n")), 1)
        self.assertEqual(len(text("core/a.hpp", "// What it is.\n#include <array>\n")), 1)

    def test_files_and_lines_have_a_limit(self):
        self.assertEqual(text("core/a.cpp", "int a;\n" * lint_text.LINES_MAX), [])
        self.assertEqual(len(text("core/a.cpp", "int a;\n" * (lint_text.LINES_MAX + 1))), 1)
        self.assertEqual(len(text("core/a.cpp", "a" * (lint_text.COLUMNS_MAX + 1) + "\n")), 1)

    def test_a_path_of_one_machine_is_reported(self):
        home = "/home/" + "somebody/project"
        self.assertEqual(len(text("docs/a.md", f"see {home}\n")), 1)
        self.assertEqual(text("docs/a.md", "GET /v1/work/1, https://example.com/home/page\n"), [])


if __name__ == "__main__":
    unittest.main()
