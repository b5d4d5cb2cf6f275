#include "services/gateway/raw_json.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/shared/matrix/json.h"

namespace causeway::gateway {

std::string JsonString(absl::string_view text) {
  return matrix::DumpJson(matrix::Json(std::string(text)));
}

std::string JsonArray(
    const google::protobuf::RepeatedPtrField<std::string>& pieces) {
  return absl::StrCat("[", absl::StrJoin(pieces, ","), "]");
}

std::string JsonStrings(
    const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return absl::StrCat(
      "[",
      absl::StrJoin(texts, ",",
                    [](std::string* out, const std::string& text) {
                      absl::StrAppend(out, JsonString(text));
                    }),
      "]");
}

JsonObjectWriter& JsonObjectWriter::Add(absl::string_view name,
                                        absl::string_view value) {
  absl::StrAppend(&members_, members_.empty() ? "" : ",", JsonString(name), ":",
                  value);
  return *this;
}

JsonObjectWriter& JsonObjectWriter::AddString(absl::string_view name,
                                              absl::string_view value) {
  return Add(name, JsonString(value));
}

std::string JsonObjectWriter::str() const {
  return absl::StrCat("{", members_, "}");
}

}  // namespace causeway::gateway
