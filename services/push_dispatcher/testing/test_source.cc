#include "services/push_dispatcher/testing/test_source.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {

using Kind = PublishedRecord::Kind;

std::string TestSource::MessageJson(absl::string_view room_id,
                                    absl::string_view sender,
                                    absl::string_view text) {
  return absl::StrCat(R"({"type":"m.room.message","room_id":")", room_id,
                      R"(","sender":")", sender, R"(","content":{"body":")",
                      text, R"("}})");
}

PublishedRecord& TestSource::Add(Kind kind, absl::string_view room_id,
                                 absl::string_view bytes) {
  PublishedRecord record;
  record.kind = kind;
  record.room_id = std::string(room_id);
  record.sha256 = matrix::Sha256(bytes);
  records_.push_back(std::move(record));
  return records_.back();
}

void TestSource::Message(absl::string_view room_id, absl::string_view sender,
                         absl::string_view text) {
  jsons_.push_back(MessageJson(room_id, sender, text));
  PublishedRecord& record = Add(Kind::kEvent, room_id, jsons_.back());
  record.event_json = jsons_.back();
  record.sender = std::string(sender);
}

void TestSource::Member(absl::string_view room_id, absl::string_view user_id,
                        absl::string_view membership) {
  jsons_.push_back(absl::StrCat(R"({"type":"m.room.member","state_key":")",
                                user_id, R"(","content":{"membership":")",
                                membership, R"("}})"));
  PublishedRecord& record = Add(Kind::kEvent, room_id, jsons_.back());
  record.event_json = jsons_.back();
  record.sender = std::string(user_id);
  record.member = std::string(user_id);
  record.joined = membership == "join";
}

std::string TestSource::ToDeviceJson(absl::string_view to_user_id,
                                     absl::string_view text) {
  return absl::StrCat(R"({"type":"m.dummy","to_user_id":")", to_user_id,
                      R"(","content":{"body":")", text, R"("}})");
}

void TestSource::ToDevice(absl::string_view to_user_id,
                          absl::string_view text) {
  jsons_.push_back(ToDeviceJson(to_user_id, text));
  PublishedRecord& record = Add(Kind::kToDevice, "", jsons_.back());
  record.event_json = jsons_.back();
  record.to_user_id = std::string(to_user_id);
}

void TestSource::AliasAdded(absl::string_view room_id,
                            absl::string_view room_alias) {
  Add(Kind::kAliasAdded, room_id, absl::StrCat("+", room_alias)).room_alias =
      std::string(room_alias);
}

void TestSource::AliasRemoved(absl::string_view room_id,
                              absl::string_view room_alias) {
  Add(Kind::kAliasRemoved, room_id, absl::StrCat("-", room_alias)).room_alias =
      std::string(room_alias);
}

void TestSource::Skip() { Add(Kind::kSkipped, "", "skipped"); }

PublishBatch TestSource::Take() {
  PublishBatch batch;
  batch.source = name_;
  batch.begin = end_;
  batch.records = std::exchange(records_, {});
  for (const PublishedRecord& record : batch.records) {
    end_ = NextPoint(end_, record.sha256);
    batch.event_bytes += record.event_json.size();
  }
  return batch;
}

}  // namespace causeway::push
