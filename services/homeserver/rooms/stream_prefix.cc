#include "services/homeserver/rooms/stream_prefix.h"

#include "absl/strings/str_cat.h"
#include "causeway/push/v1/push.pb.h"
#include "services/shared/matrix/token.h"

namespace causeway::homeserver {
namespace {

namespace pb = causeway::push::v1;

void Fill(const AliasEntry& entry, pb::Record::AliasChange& change) {
  change.set_room_id(entry.room_id.str());
  change.set_room_alias(entry.alias.str());
}

}  // namespace

std::string AliasAddedRecord(const AliasEntry& entry) {
  pb::Record record;
  Fill(entry, *record.mutable_alias_added());
  return record.SerializeAsString();
}

std::string AliasRemovedRecord(const AliasEntry& entry) {
  pb::Record record;
  Fill(entry, *record.mutable_alias_removed());
  return record.SerializeAsString();
}

std::string ToDeviceRecord(const std::string& to_device_json) {
  pb::Record record;
  record.set_to_device_json(to_device_json);
  return record.SerializeAsString();
}

std::string NextPrefixSha256(const std::string& prefix_sha256,
                             const std::string& record) {
  return matrix::Sha256(absl::StrCat(prefix_sha256, matrix::Sha256(record)));
}

}  // namespace causeway::homeserver
