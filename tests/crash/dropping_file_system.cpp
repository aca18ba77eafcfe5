#include "tests/crash/dropping_file_system.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

namespace spillway::journal {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class DroppingFileSystem::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> target, DroppingFileSystem& owner,
       std::shared_ptr<Content> content, std::string path)
      : FSWritableFileOwnerWrapper(std::move(target)),
        owner_(owner),
        content_(std::move(content)),
        path_(std::move(path)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    return owner_.append(*content_, data.size())
               ? FSWritableFileOwnerWrapper::Append(data, options, debug)
               : IOStatus::OK();
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return owner_.truncate(*content_, size)
               ? FSWritableFileOwnerWrapper::Truncate(size, options, debug)
               : IOStatus::OK();
  }
  // The real sync would only cost time: the model decides what is safe.
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    owner_.sync(*content_, path_);
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    owner_.sync(*content_, path_);
    return IOStatus::OK();
  }
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

 private:
  DroppingFileSystem& owner_;
  const std::shared_ptr<Content> content_;
  const std::string path_;
};

class DroppingFileSystem::Directory final : public rocksdb::FSDirectory {
 public:
  explicit Directory(DroppingFileSystem& owner) : owner_(owner) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    owner_.sync_directory();
    return IOStatus::OK();
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  DroppingFileSystem& owner_;
};

DroppingFileSystem::DroppingFileSystem(std::filesystem::path trash)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), trash_(std::move(trash)) {
  std::filesystem::create_directories(trash_);
}

void DroppingFileSystem::lose_power_after(std::uint64_t changes) {
  const std::lock_guard lock(mutex_);
  changes_left_ = changes;
}

void DroppingFileSystem::lie_about_log_syncs() {
  const std::lock_guard lock(mutex_);
  lies_ = true;
}

bool DroppingFileSystem::power_is_off() {
  const std::lock_guard lock(mutex_);
  return changes_left_ == 0;
}

bool DroppingFileSystem::spend_change() {
  if (changes_left_ > 0) {
    --changes_left_;
  }
  return changes_left_ > 0;
}

void DroppingFileSystem::save(const std::string& path, NameChange& change) {
  if (!std::filesystem::exists(path)) {
    return;
  }
  change.saved = trash_ / std::to_string(saved_files_++);
  std::filesystem::rename(path, change.saved);
  if (auto tracked = files_.extract(path)) {
    change.saved_content = std::move(tracked.mapped());
  }
}

IOStatus DroppingFileSystem::NewWritableFile(const std::string& path,
                                             const rocksdb::FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* result,
                                             IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  if (!spend_change()) {
    return target()->NewWritableFile(trash_ / "after power loss", options, result, debug);
  }
  NameChange change{.from = {}, .to = path, .saved = {}, .saved_content = {}};
  save(path, change);
  std::unique_ptr<rocksdb::FSWritableFile> file;
  const IOStatus status = target()->NewWritableFile(path, options, &file, debug);
  if (status.ok()) {
    unsynced_names_.push_back(std::move(change));
    auto content = files_[path] = std::make_shared<Content>();
    *result = std::make_unique<File>(std::move(file), *this, std::move(content), path);
  }
  return status;
}

IOStatus DroppingFileSystem::ReopenWritableFile(const std::string& path,
                                                const rocksdb::FileOptions& options,
                                                std::unique_ptr<rocksdb::FSWritableFile>* result,
                                                IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<rocksdb::FSWritableFile> file;
  const IOStatus status = target()->ReopenWritableFile(path, options, &file, debug);
  if (status.ok()) {
    auto& content = files_[path];
    if (!content) {
      const std::uint64_t size = std::filesystem::file_size(path);
      content = std::make_shared<Content>(Content{.size = size, .synced = size});
    }
    *result = std::make_unique<File>(std::move(file), *this, content, path);
  }
  return status;
}

IOStatus DroppingFileSystem::NewDirectory(const std::string&, const IOOptions&,
                                          std::unique_ptr<rocksdb::FSDirectory>* result,
                                          IODebugContext*) {
  *result = std::make_unique<Directory>(*this);
  return IOStatus::OK();
}

IOStatus DroppingFileSystem::DeleteFile(const std::string& path, const IOOptions&,
                                        IODebugContext*) {
  const std::lock_guard lock(mutex_);
  if (!spend_change()) {
    return IOStatus::OK();
  }
  NameChange change{.from = path, .to = {}, .saved = {}, .saved_content = {}};
  save(path, change);
  if (change.saved.empty()) {
    return IOStatus::PathNotFound(path);
  }
  unsynced_names_.push_back(std::move(change));
  return IOStatus::OK();
}

IOStatus DroppingFileSystem::RenameFile(const std::string& from, const std::string& to,
                                        const IOOptions& options, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  if (!spend_change()) {
    return IOStatus::OK();
  }
  NameChange change{.from = from, .to = to, .saved = {}, .saved_content = {}};
  save(to, change);
  const IOStatus status = target()->RenameFile(from, to, options, debug);
  if (status.ok()) {
    unsynced_names_.push_back(std::move(change));
    if (auto tracked = files_.extract(from)) {
      tracked.key() = to;
      files_.insert(std::move(tracked));
    }
  }
  return status;
}

bool DroppingFileSystem::append(Content& content, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!spend_change()) {
    return false;
  }
  content.size += bytes;
  return true;
}

bool DroppingFileSystem::truncate(Content& content, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (!spend_change()) {
    return false;
  }
  content.size = size;
  content.synced = std::min(content.synced, size);
  return true;
}

void DroppingFileSystem::sync(Content& content, const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (spend_change() && !(lies_ && path.ends_with(".log"))) {
    content.synced = content.size;
  }
}

void DroppingFileSystem::sync_directory() {
  const std::lock_guard lock(mutex_);
  if (!spend_change()) {
    return;
  }
  for (const NameChange& change : unsynced_names_) {
    std::filesystem::remove(change.saved);
  }
  unsynced_names_.clear();
}

void DroppingFileSystem::restore_power() {
  const std::lock_guard lock(mutex_);
  changes_left_ = UINT64_MAX;
}

std::size_t DroppingFileSystem::unsynced_logs() {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(files_, [](const auto& file) {
    return file.first.ends_with(".log") && file.second->synced < file.second->size;
  }));
}

void DroppingFileSystem::crash(core::Random& random) {
  const std::lock_guard lock(mutex_);
  const auto surviving = random.below(unsynced_names_.size() + 1);
  while (unsynced_names_.size() > surviving) {
    undo(unsynced_names_.back());
    unsynced_names_.pop_back();
  }
  for (const NameChange& change : unsynced_names_) {
    std::filesystem::remove(change.saved);
  }
  unsynced_names_.clear();
  for (const auto& [path, content] : files_) {
    damage(path, *content, random);
  }
  files_.clear();
  changes_left_ = UINT64_MAX;
}

void DroppingFileSystem::undo(const NameChange& change) {
  if (change.from.empty()) {
    std::filesystem::remove(change.to);
    files_.erase(change.to);
  } else if (!change.to.empty()) {
    std::filesystem::rename(change.to, change.from);
    if (auto tracked = files_.extract(change.to)) {
      tracked.key() = change.from;
      files_.insert(std::move(tracked));
    }
  }
  if (!change.saved.empty()) {
    const std::string& path = change.to.empty() ? change.from : change.to;
    std::filesystem::rename(change.saved, path);
    if (change.saved_content) {
      files_[path] = change.saved_content;
    }
  }
}

void DroppingFileSystem::damage(const std::string& path, const Content& content,
                                core::Random& random) {
  constexpr std::uint64_t kSectorBytes = 512;
  const std::uint64_t unsynced = content.size - content.synced;
  if (unsynced == 0) {
    return;
  }
  enum Found : std::uint8_t { whole, dropped, torn, garbage_tail, lost_sectors, kinds };
  const std::uint64_t cut = content.synced + random.below(unsynced);
  const auto found = static_cast<Found>(random.below(kinds));
  if (found == dropped || found == torn) {
    std::filesystem::resize_file(path, found == torn ? cut : content.synced);
    return;
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  if (found == garbage_tail) {
    file.seekp(static_cast<std::streamoff>(cut));
    for (std::uint64_t at = cut; at < content.size; ++at) {
      file.put(static_cast<char>(random.next()));
    }
  } else if (found == lost_sectors) {
    for (std::uint64_t at = content.synced; at < content.size;) {
      const std::uint64_t end = std::min((at / kSectorBytes + 1) * kSectorBytes, content.size);
      if (random.below(8) == 0) {
        file.seekp(static_cast<std::streamoff>(at));
        file << std::string(end - at, '\0');
      }
      at = end;
    }
  }
}

}  // namespace spillway::journal
