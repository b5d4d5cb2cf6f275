// Goal: of whatever an upstream homeserver sends, the events that are taken are
// those that any other reader finds in it, byte for byte and in order.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "causeway/push/v1/push.pb.h"
#include "services/push_dispatcher/ingest/publish_batch.h"
#include "services/push_dispatcher/upstream_transaction.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/errcode.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using causeway::fuzz::Require;
  using causeway::matrix::Json;
  using causeway::push::PublishBatch;

  causeway::push::v1::PublishTransactionRequest request;
  request.set_source("up");
  request.set_txn_id("t");
  request.set_body(std::string(reinterpret_cast<const char*>(data), size));
  const absl::StatusOr<PublishBatch> batch =
      causeway::push::ParseUpstreamTransaction(request);
  if (!batch.ok()) return 0;
  Require(batch->records.size() == batch->upstream->event_keys.size(),
          "each record has a key");
  const char* end = request.body().data();
  for (const auto& record : batch->records) {
    Require(record.event_json.data() >= end, "events stand one behind another");
    end = record.event_json.data() + record.event_json.size();
    Require(end <= request.body().data() + request.body().size(),
            "events stand in the body");
  }
  const absl::StatusOr<Json> json =
      causeway::matrix::ParseObject(request.body());
  Require(json.ok() || causeway::GetErrcode(json.status()) == "M_BAD_JSON",
          "the other parser reads it, unless a key comes twice");
  if (!json.ok()) return 0;
  const auto events = json->find("events");
  const size_t event_count = events == json->end() ? 0 : events->size();
  Require(batch->records.size() +
                  static_cast<size_t>(batch->upstream->refused_count) ==
              event_count,
          "each event is taken or refused");
  if (batch->upstream->refused_count > 0) return 0;
  for (size_t i = 0; i < event_count; ++i) {
    const absl::StatusOr<Json> event =
        causeway::matrix::ParseObject(batch->records[i].event_json);
    Require(event.ok() && *event == events->at(i), "both read the same event");
  }
  return 0;
}
