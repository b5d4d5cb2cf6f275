#ifndef CAUSEWAY_SERVICES_GATEWAY_RAW_JSON_H_
#define CAUSEWAY_SERVICES_GATEWAY_RAW_JSON_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "absl/strings/string_view.h"

// JSON made of pieces that are JSON already: events pass through the gateway
// as the bytes that the homeserver stores, never parsed and written again.
namespace causeway::gateway {

// `text` with quotes and escapes.
std::string JsonString(absl::string_view text);

// "[piece,piece]". Each piece must be JSON.
std::string JsonArray(
    const google::protobuf::RepeatedPtrField<std::string>& pieces);

// "[\"text\",\"text\"]".
std::string JsonStrings(
    const google::protobuf::RepeatedPtrField<std::string>& texts);

// Joins members to an object: Add("a", "1").Add("b", "[]") is {"a":1,"b":[]}.
//
// Thread-compatible.
class JsonObjectWriter {
 public:
  // `value` must be JSON.
  JsonObjectWriter& Add(absl::string_view name, absl::string_view value);
  JsonObjectWriter& AddString(absl::string_view name, absl::string_view value);

  // What has been added so far, as an object.
  std::string str() const;

 private:
  std::string members_;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_RAW_JSON_H_
