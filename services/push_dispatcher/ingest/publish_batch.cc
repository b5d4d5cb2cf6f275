#include "services/push_dispatcher/ingest/publish_batch.h"

#include "services/shared/matrix/token.h"

namespace causeway::push {

PublishedRecord SkippedRecord() {
  // A serialised Record with `skipped` set.
  constexpr absl::string_view kBytes = "\x20\x01";
  PublishedRecord record;
  record.kind = PublishedRecord::Kind::kSkipped;
  record.sha256 = matrix::Sha256(kBytes);
  return record;
}

}  // namespace causeway::push
