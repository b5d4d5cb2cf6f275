#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_THIRD_PARTY_JSON_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_THIRD_PARTY_JSON_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// What application services tell of third-party networks, checked and put
// together into what clients are told.
// Source: https://spec.matrix.org/v1.17/application-service-api/#third-party-networks
namespace causeway::query {

// What one application service tells of one protocol, as JSON text.
struct ProtocolInfo {
  // The object without its `instances`.
  std::string object = {};
  // Each an object. Has an `instance_id` that no other instance has, by which a
  // client asks for the network's list of public rooms.
  std::vector<std::string> instances = {};

  size_t bytes() const;
};

// INVALID_ARGUMENT: not an object with an array of objects `instances`.
absl::StatusOr<ProtocolInfo> ParseProtocolInfo(absl::string_view body,
                                               absl::string_view appservice_id);

// The networks of all that serve the protocol under what the first one tells of
// it. There must be one.
std::string MergeProtocol(const std::vector<const ProtocolInfo*>& infos);

// Answers are put together until there would be more than this.
inline constexpr size_t kMergedBytesMax = 2 << 20;
inline constexpr size_t kMergedEntriesMax = 1000;

// A list of locations or users, put together from several answers. What isn't
// an entry is left out, and what is too much.
class EntryList {
 public:
  // `id_field`: "alias" of locations, "userid" of users.
  explicit EntryList(absl::string_view id_field) : id_field_(id_field) {}

  // Takes the entries of an answer. INVALID_ARGUMENT: it isn't an array.
  absl::Status Add(absl::string_view body);

  bool empty() const { return count_ == 0; }
  // Nothing more is taken.
  bool is_full() const { return count_ == kMergedEntriesMax; }
  // "[...]".
  std::string json() const;

 private:
  const std::string id_field_;
  std::string entries_;
  size_t count_ = 0;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_THIRD_PARTY_JSON_H_
