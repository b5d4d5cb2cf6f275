#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_FORWARDING_INGEST_STORE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_FORWARDING_INGEST_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/push_dispatcher/core/interest.h"
#include "services/push_dispatcher/core/queue_head.h"
#include "services/push_dispatcher/core/source_chain.h"
#include "services/push_dispatcher/store/fake_push_store.h"
#include "services/push_dispatcher/store/ingest_store.h"

namespace causeway::push {

// A fake for tests that step in between: they override what they hold up.
class ForwardingIngestStore : public IngestStore {
 public:
  absl::Status Commit(const IngestBatch& batch) override {
    return fake.Commit(batch);
  }
  absl::StatusOr<SourceState> FindSource(absl::string_view name) override {
    return fake.FindSource(name);
  }
  absl::StatusOr<SourceState> OpenSource(absl::string_view name) override {
    return fake.OpenSource(name);
  }
  absl::StatusOr<std::vector<ChainPoint>> ListPassedPoints(
      SourceId source_id, int64_t first, int64_t last) override {
    return fake.ListPassedPoints(source_id, first, last);
  }
  absl::StatusOr<SourceHistory> GetSourceHistory(
      absl::string_view name) override {
    return fake.GetSourceHistory(name);
  }
  absl::Status RestartSource(absl::string_view name, int64_t incarnation,
                             const ChainPoint& common) override {
    return fake.RestartSource(name, incarnation, common);
  }
  absl::StatusOr<absl::flat_hash_map<std::string, RoomFacts>> LoadRooms(
      SourceId source_id, absl::Span<const std::string> room_ids) override {
    return fake.LoadRooms(source_id, room_ids);
  }
  absl::StatusOr<std::vector<UpstreamRecord>> ListUpstreamRecords(
      SourceId source_id, absl::string_view txn_id) override {
    return fake.ListUpstreamRecords(source_id, txn_id);
  }
  absl::StatusOr<AppliedRegistry> ApplyRegistry(
      int64_t revision,
      absl::Span<const KnownAppservice> appservices) override {
    return fake.ApplyRegistry(revision, appservices);
  }
  absl::StatusOr<AppliedRegistry> ApplyRegistryChanges(
      int64_t since, int64_t revision,
      absl::Span<const KnownAppservice> changed,
      absl::Span<const AppserviceUid> gone) override {
    return fake.ApplyRegistryChanges(since, revision, changed, gone);
  }
  void ForgetAll() override { fake.ForgetAll(); }

  FakePushStore fake;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_FORWARDING_INGEST_STORE_H_
