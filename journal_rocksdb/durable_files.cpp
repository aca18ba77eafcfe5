#include "journal_rocksdb/durable_files.hpp"

#include <memory>

namespace spillway::journal {

using rocksdb::IOOptions;
using rocksdb::IOStatus;

namespace {

IOStatus sync_and_close(rocksdb::FSWritableFile& file) {
  IOStatus status = file.Fsync(IOOptions(), nullptr);
  if (status.ok()) {
    status = file.Close(IOOptions(), nullptr);
  }
  return status;
}

}  // namespace

IOStatus cut_durably(rocksdb::FileSystem& files, const std::string& path, std::uint64_t bytes) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = files.ReopenWritableFile(path, rocksdb::FileOptions(), &file, nullptr);
  if (status.ok()) {
    status = file->Truncate(bytes, IOOptions(), nullptr);
  }
  return status.ok() ? sync_and_close(*file) : status;
}

IOStatus replace_durably(rocksdb::FileSystem& files, const std::string& directory,
                         const std::string& name, std::string_view text) {
  const std::string path = directory + "/" + name;
  const std::string temporary = path + ".new";
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = files.NewWritableFile(temporary, rocksdb::FileOptions(), &file, nullptr);
  if (status.ok()) {
    status = file->Append(rocksdb::Slice(text.data(), text.size()), IOOptions(), nullptr);
  }
  if (status.ok()) {
    status = sync_and_close(*file);
  }
  if (status.ok()) {
    status = files.RenameFile(temporary, path, IOOptions(), nullptr);
  }
  return status.ok() ? sync_directory(files, directory) : status;
}

IOStatus sync_directory(rocksdb::FileSystem& files, const std::string& directory) {
  std::unique_ptr<rocksdb::FSDirectory> entries;
  IOStatus status = files.NewDirectory(directory, IOOptions(), &entries, nullptr);
  if (status.ok()) {
    status = entries->Fsync(IOOptions(), nullptr);
  }
  return status;
}

}  // namespace spillway::journal
