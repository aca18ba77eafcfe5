#include <fmt/format.h>
#include <glob.h>

#include <filesystem>
#include <memory>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "config/config.hpp"
#include "config/regular_file.hpp"
#include "config/sections.hpp"

namespace spillway::config {
namespace {

constexpr std::size_t kIncludedFilesMax = 10'000;
constexpr std::size_t kFileBytesMax = std::size_t{64} << 20;

std::optional<YAML::Node> parse_yaml(const std::string& text, const Document& document) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& exception) {
    std::string hint;
    if (text.contains("${")) {
      hint = " (inside { } and [ ], quote texts that hold ${…})";
    }
    document.problems->push_back(
        {{document.file, exception.mark.is_null() ? 0 : exception.mark.line + 1},
         fmt::format("not valid YAML: {}{}", exception.msg, hint)});
    return std::nullopt;
  }
}

// A pattern may match nothing yet; a plain name means that file.
bool has_wildcard(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

// The files a pattern names, sorted.
std::vector<std::string> matching_files(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> files;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one configuration is read at a time
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return files;
}

bool can_order(const SourceConfig& source, const delivery::OrderingOptions& ordering) {
  const bool asks_source = (ordering.order != core::Order::none && ordering.key.is_auto()) ||
                           (ordering.order == core::Order::latest && ordering.version.is_auto());
  return !asks_source || gateway::knows_order(source.options.kind);
}

class Loader {
 public:
  Loader(std::string file, std::string directory) {
    around_.directory = std::move(directory);
    document_ = {std::move(file), around_.directory, &problems_};
  }

  std::expected<Config, Problems> run(const std::string& text) {
    config_.ingest.address = "0.0.0.0";
    config_.ingest.port = 8080;
    config_.admin.address = "127.0.0.1";
    config_.admin.port = 8081;
    // Few connections are there for operators and probes: none is kept for nothing.
    config_.admin.server.idle_timeout = std::chrono::seconds(10);
    if (const auto yaml = parse_yaml(text, document_)) {
      read_root(Node(document_, *yaml, ""));
    }
    if (!problems_.empty()) {
      return std::unexpected(std::move(problems_));
    }
    return std::move(config_);
  }

 private:
  void read_root(const Node& node) {
    Section root = node.section();
    read_general(root, around_, config_);
    if (const auto egress = root.find("egress")) {
      Section section = egress->section();
      if (const auto allow = section.find("allow")) {
        around_.egress_allow = read_cidrs(*allow);
      }
      section.finish();
    }
    if (const auto listen = root.find("listen")) {
      read_listen(*listen, around_, config_);
    }
    if (const auto sources = root.find("sources")) {
      read_sources(*sources, config_);
    }
    read_delivery(root);
    if (const auto include = root.find("include")) {
      for (const Node& pattern : include->list()) {
        read_included(pattern);
      }
    }
    root.finish();
    check_routes();
    check_replication();
  }

  // The two sections that may also stand in included files.
  void read_delivery(Section& root) {
    if (const auto destinations = root.find("destinations")) {
      read_destinations(*destinations, around_, destination_names_, config_);
    }
    if (const auto routes = root.find("routes")) {
      const std::size_t before = config_.routes.size();
      read_routes(*routes, config_);
      const Place place = routes->place();
      route_places_.resize(before, place);
      route_places_.resize(config_.routes.size(), place);
    }
  }

  void read_included(const Node& pattern) {
    const std::string path = around_.absolute(pattern.text());
    const std::vector<std::string> files = matching_files(path);
    if (files.empty() && !has_wildcard(path)) {
      pattern.problem(fmt::format("there is no file {}", path));
      return;
    }
    if (files.size() > kIncludedFilesMax) {
      pattern.problem(fmt::format("names {} files, at most {} may be included", files.size(),
                                  kIncludedFilesMax));
      return;
    }
    for (const std::string& file : files) {
      const auto text = read_regular_file(file, kFileBytesMax);
      if (!text) {
        pattern.problem(fmt::format("{}: {}", file, text.error().message));
        continue;
      }
      included_.push_back(std::make_unique<Document>(file, around_.directory, &problems_));
      const auto yaml = parse_yaml(*text, *included_.back());
      if (!yaml || yaml->IsNull()) {
        continue;
      }
      Section root = Node(*included_.back(), *yaml, "").section();
      read_delivery(root);
      root.finish();
    }
  }

  // Copies are written to outlast the node.
  void check_replication() {
    for (const SourceConfig& source : config_.sources) {
      const auto problem = [&](std::string_view message) {
        problems_.push_back(
            {{document_.file, 0},
             fmt::format("source \"{}\": ack: replicated {}", source.options.name, message)});
      };
      if (!source.replicated) {
        continue;
      }
      if (!config_.kafka) {
        problem("writes copies to Kafka: configure kafka");
      } else if (config_.kafka->replication < retry::kReplicationMin) {
        problem("needs kafka.replication of at least 3, or its copies could go with one broker");
      }
    }
  }

  void check_routes() {
    std::unordered_map<std::string_view, const SourceConfig*> sources;
    for (const SourceConfig& source : config_.sources) {
      sources.emplace(source.options.name, &source);
    }
    std::unordered_map<std::string_view, const delivery::OrderingOptions*> orderings;
    for (const delivery::DestinationOptions& destination : config_.destinations) {
      orderings.emplace(destination.name, &destination.ordering);
    }
    for (std::size_t i = 0; i < config_.routes.size(); ++i) {
      const routing::RouteOptions& route = config_.routes[i];
      const auto problem = [&](const std::string& message) {
        problems_.push_back(
            {route_places_[i], fmt::format("route \"{}\": {}", route.name, message)});
      };
      const auto source = sources.find(route.from);
      if (source == sources.end()) {
        problem(fmt::format("from: there is no source \"{}\"", route.from));
      } else if (source->second->options.split == gateway::SplitPolicy::never &&
                 !route.when.empty()) {
        problem(
            fmt::format("source \"{}\" is never split, so one tenant's updates could reach "
                        "another by a conditional route: use split: auto",
                        route.from));
      }
      for (const std::string& name : route.to) {
        const auto ordering = orderings.find(name);
        if (ordering == orderings.end()) {
          problem(fmt::format("to: there is no destination \"{}\"", name));
        } else if (source != sources.end() && !can_order(*source->second, *ordering->second)) {
          problem(
              fmt::format("destination \"{}\" keeps an order by what the source knows (auto), "
                          "but source \"{}\" is of a kind that knows nothing: give the "
                          "destination's ordering_key, and the version with order: latest, as "
                          "{{ json: … }} or {{ header: … }}",
                          name, route.from));
        } else if (source != sources.end() && source->second->replicated &&
                   ordering->second->order != core::Order::none) {
          problem(
              fmt::format("destination \"{}\" keeps an order, which stays in the journal of the "
                          "node that accepted: no other node could keep it, so source \"{}\" "
                          "cannot have ack: replicated",
                          name, route.from));
        }
      }
    }
    // Conflicts between routes, such as equal names.
    if (const auto compiled = routing::RouteTable::compile(config_.routes);
        !compiled && problems_.empty()) {
      problems_.push_back({{document_.file, 0}, compiled.error().message});
    }
  }

  Problems problems_;
  Document document_;
  std::vector<std::unique_ptr<Document>> included_;
  Surroundings around_;
  std::vector<Place> route_places_;
  std::unordered_set<std::string> destination_names_;
  Config config_;
};

}  // namespace

bool Config::replicates() const {
  return std::ranges::any_of(
      sources, [](const SourceConfig& source) { return source.replicated.has_value(); });
}

std::expected<Config, Problems> load(const std::string& path) {
  const auto text = read_regular_file(path, kFileBytesMax);
  if (!text) {
    return std::unexpected(Problems{{{path, 0}, text.error().message}});
  }
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) {
    return std::unexpected(Problems{
        {{path, 0}, fmt::format("the working directory is not known: {}", error.message())}});
  }
  return parse(*text, path, absolute.parent_path());
}

std::expected<Config, Problems> parse(const std::string& text, const std::string& name,
                                      const std::string& directory) {
  return Loader(name, directory).run(text);
}

}  // namespace spillway::config
