// Reads waiting deliveries from the journal on a reader's executor, so that no disk read holds up
// an engine. One per engine; several may share a reader. Its answers go to the engine's executor.
//
// An event that is not durable yet is left to a later fetch: were it attempted now, a crash could
// take it back, and its sender would bring it again under another id.
#pragma once

#include "core/executor.hpp"
#include "delivery/backlog.hpp"
#include "journal/reader.hpp"
#include "journal/store.hpp"
#include "journal/writer.hpp"

namespace spillway::delivery {

class JournalBacklog final : public Backlog {
 public:
  // All of them outlive it, and it outlives the tasks it has posted to `reader`.
  JournalBacklog(const journal::Store& store, const journal::Writer& writer, core::Executor& reader,
                 core::Executor& engine)
      : store_(&store), writer_(&writer), reader_(&reader), engine_(&engine) {}

  void fetch(FetchRequest request, FetchCallback callback) override;
  void read(journal::Sequence sequence, ReadCallback callback) override;

 private:
  // On the reader's executor.
  core::Result<Fetched> fetch_now(FetchRequest request);
  struct Page {
    Fetched fetched;
    std::size_t left_out = 0;  // for having been changed too late
  };
  core::Result<Page> fetch_page(const FetchRequest& request);
  core::Result<core::EventPtr> read_now(journal::Sequence sequence);
  core::Result<void> keep_event(const journal::Reader& reader, BodyShare& bodies, Waiting& waiting);
  core::Result<core::EventPtr> event(const journal::Reader& reader, journal::Sequence sequence,
                                     journal::SourceNumber source);

  const journal::Store* store_;
  const journal::Writer* writer_;
  core::Executor* reader_;
  core::Executor* engine_;
  journal::SourceNames source_names_;  // only touched on the reader's executor
};

}  // namespace spillway::delivery
