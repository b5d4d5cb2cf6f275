#ifndef CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_TOKEN_H_
#define CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace causeway::homeserver {

// A place between two events of the stream, as clients hold it: "s17" is after
// position 17. It means the same to /sync and /messages, and after a restart.
std::string FormatSyncToken(int64_t position);

// INVALID_ARGUMENT (M_INVALID_PARAM) that names `field`.
absl::StatusOr<int64_t> ParseSyncToken(absl::string_view token,
                                       absl::string_view field);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_SYNC_SYNC_TOKEN_H_
