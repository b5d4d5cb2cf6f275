#include "services/homeserver/rooms/postgres_room_store.h"

#include <cstddef>
#include <pqxx/pqxx>
#include <utility>
#include <vector>

#include "services/homeserver/rooms/postgres_room_batch.h"
#include "services/shared/status/status_macros.h"

namespace causeway::homeserver {
namespace {

constexpr size_t kGroupMax = 64;
constexpr size_t kCacheBytesMax = 8 << 20;

// Whether it may be the fault of one of those that were written together.
bool MayBeOnesFault(const absl::Status& status) {
  return absl::IsInternal(status) || absl::IsAlreadyExists(status);
}

}  // namespace

PostgresRoomStore::PostgresRoomStore(postgres::Pool& pool,
                                     std::function<void()> committed)
    : pool_(pool),
      committed_(std::move(committed)),
      cache_(kCacheBytesMax),
      writes_(kGroupMax,
              [this](absl::Span<Writer* const> group) { WriteGroup(group); }) {}

absl::Status PostgresRoomStore::Write(
    const Foreseen& foreseen,
    absl::FunctionRef<absl::Status(RoomTransaction&)> body) {
  Writer writer = {.foreseen = foreseen, .body = body};
  writes_.Write(writer);
  return std::move(writer.status);
}

void PostgresRoomStore::WriteGroup(absl::Span<Writer* const> group) {
  const absl::Status status = Commit(group);
  if (status.ok()) return;
  if (group.size() > 1 && MayBeOnesFault(status)) {
    for (size_t i = 0; i < group.size(); ++i) WriteGroup(group.subspan(i, 1));
    return;
  }
  for (Writer* writer : group) {
    if (writer->status.ok()) writer->status = status;
  }
}

// The status of the whole; that of each writer is its own.
absl::Status PostgresRoomStore::Commit(absl::Span<Writer* const> group) {
  std::vector<const Foreseen*> foreseen;
  for (Writer* writer : group) {
    foreseen.push_back(&writer->foreseen);
    writer->status = absl::OkStatus();
  }
  bool appended = false;
  absl::Status status = pool_.Run([&](pqxx::work& work) -> absl::Status {
    PostgresRoomBatch batch(work, cache_);
    CAUSEWAY_RETURN_IF_ERROR(batch.Foresee(foreseen));
    for (Writer* writer : group) writer->status = batch.Run(writer->body);
    batch.Flush();
    appended = batch.appended_anything();
    cache_.Ended(batch.position(), batch.prefix_sha256());
    return absl::OkStatus();
  });
  if (!status.ok()) {
    cache_.Clear();
  } else if (appended) {
    committed_();
  }
  return status;
}

}  // namespace causeway::homeserver
