#include "services/shared/server/port_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace causeway::server {
namespace {

absl::Status CannotWrite(const std::string& path) {
  return absl::InternalError(
      absl::StrCat("--port_file: cannot write ", path, ": ", strerror(errno)));
}

}  // namespace

absl::Status WritePortFile(const std::string& path,
                           const PortFileContent& content) {
  const nlohmann::ordered_json json = {{"pid", content.pid},
                                       {"grpc", content.grpc},
                                       {"metrics", content.metrics},
                                       {"public", content.public_address}};
  // Beside it, since a rename within one directory happens at once or not at
  // all.
  const std::string unfinished = absl::StrCat(path, ".", content.pid);
  {
    std::ofstream file(unfinished, std::ios::trunc);
    file << json.dump() << "\n";
    file.close();
    if (!file) return CannotWrite(unfinished);
  }
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) {
    absl::Status status = CannotWrite(path);
    std::remove(unfinished.c_str());
    return status;
  }
  return absl::OkStatus();
}

void RemovePortFile(const std::string& path) { std::remove(path.c_str()); }

}  // namespace causeway::server
