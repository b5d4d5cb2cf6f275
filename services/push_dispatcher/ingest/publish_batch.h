#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_PUBLISH_BATCH_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_PUBLISH_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/push_dispatcher/core/source_chain.h"

namespace causeway::push {

// The contract's bounds (push.proto).
inline constexpr size_t kSourceNameBytesMax = 255;
inline constexpr size_t kPublishRecordsMax = 2000;
inline constexpr size_t kPublishBytesMax = 16 << 20;
inline constexpr size_t kEventJsonBytesMax = 128 << 10;
inline constexpr size_t kToDeviceJsonBytesMax = 64 << 10;
inline constexpr size_t kUpstreamTxnIdBytesMax = 255;
inline constexpr size_t kUpstreamEventsMax = 10000;

// One step of a source's stream, validated and taken apart once.
struct PublishedRecord {
  enum class Kind { kEvent, kAliasAdded, kAliasRemoved, kSkipped, kToDevice };

  Kind kind = Kind::kSkipped;
  std::string sha256;  // Of the record's bytes, as the contract defines them.
  // Of all kinds but kSkipped and kToDevice.
  std::string room_id;
  // Of kEvent and kToDevice. The bytes are the caller's, who keeps them until
  // answered.
  absl::string_view event_json;
  std::string sender;  // Of kEvent.
  // Of m.room.member events: whom, and whether joined from then on.
  std::optional<std::string> member;
  bool joined = false;
  // Of the alias kinds.
  std::string room_alias;
  std::string to_user_id;  // Of kToDevice.
  // Of events that tell all of the room's aliases: those from then on.
  std::optional<std::vector<std::string>> all_aliases;
};

// A position that has nothing to tell.
PublishedRecord SkippedRecord();

// What tells a repeat of an upstream homeserver's transaction.
struct UpstreamTransaction {
  std::string txn_id;
  std::string body_sha256;
  std::vector<std::string> event_keys;  // One for each record.
  // Events of it that can't be read, and so aren't among the records: how many,
  // and what is wrong with the first ones.
  int32_t refused_count = 0;
  std::string refused_reason = {};
};

// Consecutive records of one source.
struct PublishBatch {
  std::string source;
  ChainPoint begin;  // Of records[0].
  std::vector<PublishedRecord> records;
  size_t event_bytes = 0;  // Of all event_json together.
  // Set: the records are its events, and `begin` means nothing.
  std::optional<UpstreamTransaction> upstream;
};

// How a batch was answered.
struct PublishResult {
  ChainOutcome outcome = ChainOutcome::kContinues;
  int64_t next_position = 1;
  // Of an upstream homeserver's transaction: its events that were taken, now or
  // when the same came before.
  int32_t taken_count = 0;

  bool operator==(const PublishResult&) const = default;
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_INGEST_PUBLISH_BATCH_H_
