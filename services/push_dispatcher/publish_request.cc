#include "services/push_dispatcher/publish_request.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/push_dispatcher/store/queue_act.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/event_view.h"
#include "services/shared/matrix/identifiers.h"
#include "services/shared/matrix/json.h"
#include "services/shared/matrix/token.h"
#include "services/shared/status/errcode.h"
#include "services/shared/status/status_macros.h"

namespace causeway::push {
namespace {

constexpr char kMemberType[] = "m.room.member";

absl::Status NotUsableId(absl::string_view field) {
  return matrix::InvalidParam(
      field, absl::StrCat("must have 1 to ", matrix::kIdBytesMax,
                          " bytes and no NUL"));
}

absl::Status ParseAliasChange(const v1::Record& proto,
                              const v1::Record::AliasChange& change,
                              PublishedRecord::Kind kind,
                              absl::string_view field,
                              PublishedRecord& record) {
  if (!IsUsableId(change.room_id())) {
    return NotUsableId(absl::StrCat(field, ".room_id"));
  }
  if (!IsUsableId(change.room_alias())) {
    return NotUsableId(absl::StrCat(field, ".room_alias"));
  }
  record.kind = kind;
  record.sha256 = matrix::Sha256(proto.SerializeAsString());
  record.room_id = change.room_id();
  record.room_alias = change.room_alias();
  return absl::OkStatus();
}

// Source: https://github.com/matrix-org/matrix-spec-proposals/pull/4203
// All but the hash.
absl::Status ReadToDevice(absl::string_view json, absl::string_view field,
                          PublishedRecord& record) {
  if (json.size() > kToDeviceJsonBytesMax) {
    return matrix::InvalidParam(
        field, absl::StrCat("has ", json.size(), " bytes, at most ",
                            kToDeviceJsonBytesMax, " are taken"));
  }
  const absl::StatusOr<matrix::Json> message = matrix::ParseObject(json);
  if (!message.ok()) return Prefixed(field, message.status());
  for (const char* name : {"type", "sender", "to_device_id", "to_user_id"}) {
    const absl::StatusOr<std::string> id = matrix::GetString(*message, name);
    if (!id.ok()) return Prefixed(field, id.status());
    if (!IsUsableId(*id)) {
      return NotUsableId(absl::StrCat(field, ": ", name));
    }
  }
  const auto content = matrix::GetObject(*message, "content");
  if (!content.ok()) return Prefixed(field, content.status());
  record.kind = PublishedRecord::Kind::kToDevice;
  record.event_json = json;
  record.to_user_id = *matrix::GetString(*message, "to_user_id");
  return absl::OkStatus();
}

absl::Status ParseRecord(const v1::Record& proto, absl::string_view field,
                         matrix::EventParser& parser, PublishedRecord& record) {
  switch (proto.record_case()) {
    case v1::Record::kEventJson:
      return ReadPublishedEvent(proto.event_json(),
                                absl::StrCat(field, ".event_json"), parser,
                                record)
          .status();
    case v1::Record::kAliasAdded:
      return ParseAliasChange(proto, proto.alias_added(),
                              PublishedRecord::Kind::kAliasAdded,
                              absl::StrCat(field, ".alias_added"), record);
    case v1::Record::kAliasRemoved:
      return ParseAliasChange(proto, proto.alias_removed(),
                              PublishedRecord::Kind::kAliasRemoved,
                              absl::StrCat(field, ".alias_removed"), record);
    case v1::Record::kToDeviceJson:
      record.sha256 = matrix::Sha256(proto.SerializeAsString());
      return ReadToDevice(proto.to_device_json(),
                          absl::StrCat(field, ".to_device_json"), record);
    case v1::Record::kSkipped:
      record.sha256 = matrix::Sha256(proto.SerializeAsString());
      return absl::OkStatus();
    case v1::Record::RECORD_NOT_SET:
      break;
  }
  return matrix::InvalidParam(field, "says nothing");
}

}  // namespace

absl::Status Prefixed(absl::string_view field, const absl::Status& status) {
  absl::Status prefixed(absl::StatusCode::kInvalidArgument,
                        absl::StrCat(field, ": ", status.message()));
  SetErrcode(prefixed, GetErrcode(status));
  return prefixed;
}

bool IsUsableId(absl::string_view id) {
  return !id.empty() && id.size() <= matrix::kIdBytesMax &&
         id.find('\0') == absl::string_view::npos;
}

absl::StatusOr<matrix::EventView> ReadPublishedEvent(
    absl::string_view event_json, absl::string_view field,
    matrix::EventParser& parser, PublishedRecord& record) {
  if (event_json.size() > kEventJsonBytesMax) {
    return matrix::InvalidParam(
        field, absl::StrCat("has ", event_json.size(), " bytes, at most ",
                            kEventJsonBytesMax, " are taken"));
  }
  absl::StatusOr<matrix::EventView> view = parser.Parse(event_json);
  if (!view.ok()) return Prefixed(field, view.status());
  if (!IsUsableId(view->room_id)) {
    return NotUsableId(absl::StrCat(field, ": room_id"));
  }
  record.kind = PublishedRecord::Kind::kEvent;
  record.sha256 = matrix::Sha256(event_json);
  record.event_json = event_json;
  record.room_id = std::string(view->room_id);
  record.sender = std::string(view->sender);
  // A state_key that can't be a user's ID is nobody's membership.
  if (view->type == kMemberType && view->state_key.has_value() &&
      IsUsableId(*view->state_key)) {
    record.member = std::string(*view->state_key);
    record.joined = view->membership == absl::string_view("join");
  }
  return view;
}

absl::StatusOr<PublishedRecord> ParsePublishedEvent(
    absl::string_view event_json) {
  matrix::EventParser parser;
  PublishedRecord record;
  CAUSEWAY_RETURN_IF_ERROR(
      ReadPublishedEvent(event_json, "event_json", parser, record).status());
  return record;
}

absl::StatusOr<PublishedRecord> ParsePublishedToDevice(
    absl::string_view to_device_json) {
  PublishedRecord record;
  CAUSEWAY_RETURN_IF_ERROR(
      ReadToDevice(to_device_json, "to_device_json", record));
  return record;
}

absl::Status CheckSourceName(absl::string_view name, absl::string_view field) {
  if (name.empty() || name.size() > kSourceNameBytesMax ||
      name.find('\0') != absl::string_view::npos) {
    return matrix::InvalidParam(
        field, absl::StrCat("must have 1 to ", kSourceNameBytesMax,
                            " bytes and no NUL"));
  }
  return absl::OkStatus();
}

absl::Status CheckPublishingSource(absl::string_view name) {
  CAUSEWAY_RETURN_IF_ERROR(CheckSourceName(name, "source"));
  if (!absl::StartsWith(name, kOwnSourcePrefix)) return absl::OkStatus();
  return matrix::InvalidParam(
      "source", absl::StrCat("must not begin with \"", kOwnSourcePrefix,
                             "\": such are the dispatcher's own"));
}

absl::StatusOr<PublishBatch> ParsePublishRequest(
    const v1::PublishRequest& request) {
  CAUSEWAY_RETURN_IF_ERROR(CheckPublishingSource(request.source()));
  if (request.first_position() < 1 ||
      request.first_position() > INT64_MAX / 2) {
    return matrix::InvalidParam("first_position", "must be 1 or more");
  }
  if (request.prefix_sha256().size() != matrix::kSha256Bytes) {
    return matrix::InvalidParam("prefix_sha256", "must have 32 bytes");
  }
  const size_t record_count = static_cast<size_t>(request.records_size());
  if (record_count < 1 || record_count > kPublishRecordsMax) {
    return matrix::InvalidParam(
        "records", absl::StrCat("must be 1 to ", kPublishRecordsMax));
  }
  PublishBatch batch;
  batch.source = request.source();
  batch.begin = {.position = request.first_position(),
                 .prefix_sha256 = request.prefix_sha256()};
  batch.records.resize(record_count);
  matrix::EventParser parser;
  for (size_t i = 0; i < record_count; ++i) {
    const v1::Record& record = request.records(static_cast<int>(i));
    CAUSEWAY_RETURN_IF_ERROR(ParseRecord(
        record, absl::StrCat("records[", i, "]"), parser, batch.records[i]));
    batch.event_bytes += batch.records[i].event_json.size();
  }
  if (batch.event_bytes > kPublishBytesMax) {
    return matrix::InvalidParam(
        "records",
        absl::StrCat("have ", batch.event_bytes, " bytes of events, at most ",
                     kPublishBytesMax, " are taken"));
  }
  return batch;
}

}  // namespace causeway::push
