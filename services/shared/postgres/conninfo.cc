#include "services/shared/postgres/conninfo.h"

#include <postgresql/libpq-fe.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/shared/files/read_file.h"
#include "services/shared/status/status_macros.h"

namespace causeway::postgres {
namespace {

constexpr size_t kPasswordBytesMax = 1024;

absl::Status BadPasswordFile(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("password file ", path, ": ", why));
}

absl::StatusOr<std::string> ReadPassword(const std::string& path) {
  // And the end of the line.
  CAUSEWAY_ASSIGN_OR_RETURN(std::string text,
                            files::ReadFile(path, kPasswordBytesMax + 2));
  absl::StripTrailingAsciiWhitespace(&text);
  if (text.empty()) return BadPasswordFile(path, "is empty");
  if (text.size() > kPasswordBytesMax) {
    return BadPasswordFile(
        path, absl::StrCat("has more than ", kPasswordBytesMax, " bytes"));
  }
  for (const char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return BadPasswordFile(path, "is not one line of text");
    }
  }
  return text;
}

// Of a URI's query string.
std::string PercentEncoded(absl::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte)) {
      out.push_back(c);
    } else {
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return out;
}

bool IsUri(absl::string_view conninfo) {
  return absl::StartsWith(conninfo, "postgresql://") ||
         absl::StartsWith(conninfo, "postgres://");
}

}  // namespace

absl::StatusOr<std::string> CheckedConninfo(std::string conninfo) {
  if (conninfo.empty()) return absl::InvalidArgumentError("is required");
  char* error = nullptr;
  PQconninfoOption* options = PQconninfoParse(conninfo.c_str(), &error);
  if (options != nullptr) {
    PQconninfoFree(options);
    return conninfo;
  }
  absl::Status status = absl::InvalidArgumentError(absl::StripAsciiWhitespace(
      error == nullptr ? "libpq is out of memory" : error));
  PQfreemem(error);
  return status;
}

absl::StatusOr<std::string> WithPasswordFile(absl::string_view conninfo,
                                             const std::string& password_file) {
  if (password_file.empty()) return std::string(conninfo);
  absl::StatusOr<std::string> password = ReadPassword(password_file);
  if (!password.ok()) return password.status();
  if (IsUri(conninfo)) {
    return absl::StrCat(conninfo, absl::StrContains(conninfo, '?') ? "&" : "?",
                        "password=", PercentEncoded(*password));
  }
  return absl::StrCat(
      conninfo, " password='",
      absl::StrReplaceAll(*password, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

}  // namespace causeway::postgres
