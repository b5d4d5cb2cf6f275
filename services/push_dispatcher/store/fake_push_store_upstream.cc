// The fourth part of the fake: transactions of upstream homeservers.
#include <algorithm>
#include <cstddef>
#include <string>

#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {

absl::StatusOr<std::vector<UpstreamRecord>> FakePushStore::ListUpstreamRecords(
    SourceId source_id, absl::string_view txn_id) {
  absl::MutexLock lock(&mu_);
  CAUSEWAY_RETURN_IF_ERROR(CheckAway());
  return UpstreamRecords(source_id, txn_id);
}

std::vector<UpstreamRecord> FakePushStore::UpstreamRecords(
    SourceId source_id, absl::string_view txn_id) {
  std::vector<UpstreamRecord> records;
  for (const UpstreamRecord& record : upstream_[source_id]) {
    if (record.txn_id == txn_id) records.push_back(record);
  }
  std::reverse(records.begin(), records.end());
  if (records.size() > static_cast<size_t>(kUpstreamVariantsMax)) {
    records.resize(static_cast<size_t>(kUpstreamVariantsMax));
  }
  return records;
}

void FakePushStore::KeepUpstream(const IngestBatch& batch,
                                 SourceState& source) {
  KeepSourceActs(kDispatcherActor, batch.acts);
  if (!batch.upstream.has_value()) return;
  source.upstream = true;
  std::vector<UpstreamRecord>& records = upstream_[source.id];
  records.push_back(*batch.upstream);
  while (static_cast<int64_t>(records.size()) > batch.upstream_records_max) {
    records.erase(records.begin());
  }
}

}  // namespace causeway::push
