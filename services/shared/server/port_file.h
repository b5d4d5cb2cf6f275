#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_PORT_FILE_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_PORT_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace causeway::server {

// Where a process listens, for scripts that let it choose its ports.
struct PortFileContent {
  int pid = 0;
  std::string grpc = "";
  std::string metrics = "";
  std::string public_address = "";  // Empty when it has none.
};

// Writes {"pid":1,"grpc":"127.0.0.1:7101","metrics":"127.0.0.1:9101",
// "public":"127.0.0.1:8008"} to `path`, whole or not at all: whoever sees the
// file can read it. INTERNAL naming the path and the system's error.
absl::Status WritePortFile(const std::string& path,
                           const PortFileContent& content);

// Removes the file; that it is gone already is fine.
void RemovePortFile(const std::string& path);

}  // namespace causeway::server

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_PORT_FILE_H_
