#ifndef CAUSEWAY_SERVICES_HOMESERVER_ROOMS_STREAM_PREFIX_H_
#define CAUSEWAY_SERVICES_HOMESERVER_ROOMS_STREAM_PREFIX_H_

#include <string>

#include "services/homeserver/rooms/room_store.h"

// The stream's running hash, as causeway.push.v1.PublishRequest defines it.
namespace causeway::homeserver {

// What the hash counts for an alias change: the serialised Record. For an event
// it is the event's JSON.
std::string AliasAddedRecord(const AliasEntry& entry);
std::string AliasRemovedRecord(const AliasEntry& entry);
// The same for a message to a device, as it is delivered.
std::string ToDeviceRecord(const std::string& to_device_json);

// The hash after `record`, given the one before it. Both have 32 bytes.
std::string NextPrefixSha256(const std::string& prefix_sha256,
                             const std::string& record);

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_ROOMS_STREAM_PREFIX_H_
