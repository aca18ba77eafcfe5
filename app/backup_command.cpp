// `spillway backup`: a copy of a running node's journal, through a checkpoint. Main thread.
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/durable_copy.hpp"
#include "core/json_text.hpp"

namespace spillway::app {
namespace {

namespace fs = std::filesystem;

struct BackupArguments : AdminArguments {
  std::string to;
  bool replace = false;
};

// Absolute, without a slash at its end.
fs::path normal(const std::string& directory) {
  if (directory.empty()) {
    return {};
  }
  const fs::path path = fs::absolute(directory).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

core::Result<void> check_target(const fs::path& to) {
  std::error_code error;
  if (to.empty()) {
    return core::fail(core::ErrorCode::invalid_argument, "the name of the directory is empty");
  }
  if (fs::exists(to, error)) {
    return core::fail(core::ErrorCode::invalid_argument,
                      fmt::format("{} exists; name a directory that does not", to.string()));
  }
  const fs::path parent = to.parent_path();
  if (!fs::is_directory(parent, error)) {
    return core::fail(core::ErrorCode::invalid_argument,
                      fmt::format("there is no directory {}", parent.string()));
  }
  return {};
}

core::Result<void> copy_checkpoint(const Answer& checkpoint, const fs::path& to) {
  const fs::path from = checkpoint["directory"].text();
  std::error_code error;
  if (!fs::is_directory(from, error)) {
    return core::fail(core::ErrorCode::invalid_argument,
                      fmt::format("the checkpoint in {} cannot be read here; run this where the "
                                  "node runs, as a user who may read its data_dir",
                                  from.string()));
  }
  return copy_durably(from, to,
                      {.files = checkpoint["files"].count(), .bytes = checkpoint["bytes"].count()});
}

Output describe(const Answer& checkpoint, const fs::path& to, OutputForm form) {
  const std::uint64_t bytes = checkpoint["bytes"].count();
  if (form == OutputForm::json) {
    core::JsonWriter json;
    json.begin_object();
    json.key("directory").value(to.string());
    json.key("files").value(checkpoint["files"].count());
    json.key("bytes").value(bytes);
    json.end_object();
    return Output{json.take() + "\n"};
  }
  return Output{
      fmt::format("{} files, {:.1f} MiB: everything that was acknowledged before is in {}\n",
                  checkpoint["files"].text(), static_cast<double>(bytes) / (1 << 20), to.string())};
}

}  // namespace

core::Result<Output> back_up(AdminClient& admin, const std::string& directory, bool replace,
                             OutputForm form) {
  const fs::path to = normal(directory);
  if (auto fit = check_target(to); !fit) {
    return std::unexpected(std::move(fit).error());
  }
  const auto checkpoint =
      Answer::parse(admin.post(replace ? "/v1/checkpoint?replace=true" : "/v1/checkpoint", ""));
  if (!checkpoint) {
    return std::unexpected(checkpoint.error());
  }
  auto copied = copy_checkpoint(*checkpoint, to);
  // It goes in any case, for it keeps space.
  const auto removed = admin.remove(fmt::format("/v1/checkpoint/{}", (*checkpoint)["name"].text()));
  if (!copied) {
    return std::unexpected(std::move(copied).error());
  }
  if (!removed) {
    return std::unexpected(
        core::Error(removed.error())
            .in_context(fmt::format("the backup in {} is whole, but its checkpoint still stands",
                                    to.string())));
  }
  return describe(*checkpoint, to, form);
}

void add_backup(CommandLine app, Command& chosen) {
  CommandLine command =
      app.add_command("backup", "Copy the journal of a node while it runs, where it runs");
  const auto arguments = std::make_shared<BackupArguments>();
  arguments->client.timeout = std::chrono::minutes(6);
  add_admin_options(command, *arguments);
  command.option("to", arguments->to, "The directory to make, of the shape of a data_dir")
      .required();
  command.flag("--replace", arguments->replace,
               "Also when an earlier one was cut off and its checkpoint still stands");
  command.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return back_up(admin, arguments->to, arguments->replace, arguments->form());
      });
    };
  });
}

}  // namespace spillway::app
