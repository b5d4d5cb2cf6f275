#ifndef CAUSEWAY_SERVICES_SHARED_SERVER_LOGGING_H_
#define CAUSEWAY_SERVICES_SHARED_SERVER_LOGGING_H_

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// Logs: a constant message and fields, one line each, to standard error.
//
//   log::Warning("application service refused a transaction",
//                {{"appservice_id", id}, {"txn_id", txn_id}, {"attempts", 3},
//                 {"error", status}});
//
// is, with --log_format=json,
//
//   {"time":"2026-11-22T18:34:46.123Z","level":"warning","service":"push",
//    "message":"application service refused a transaction",
//    "appservice_id":"irc","txn_id":"...","attempts":3,"error":"..."}
//
// Tokens, event content and whatever can happen a thousand times a second are
// never logged. As a second line of defence the value of a field whose name
// ends in "token" is withheld.
//
// Thread-safe: a line is written whole.
namespace causeway::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kJson, kText };

// One field of a line. Refers to the caller's strings: for arguments only.
class Field {
 public:
  using Value = std::variant<absl::string_view, std::string, int64_t, uint64_t,
                             double, bool>;

  Field(absl::string_view name, absl::string_view value)
      : name_(name), value_(value) {}
  Field(absl::string_view name, const char* value)
      : name_(name), value_(absl::string_view(value)) {}
  Field(absl::string_view name, const std::string& value)
      : name_(name), value_(absl::string_view(value)) {}
  // As text: code, message, payloads.
  Field(absl::string_view name, const absl::Status& value)
      : name_(name), value_(value.ToString()) {}
  Field(absl::string_view name, bool value) : name_(name), value_(value) {}
  Field(absl::string_view name, double value) : name_(name), value_(value) {}
  template <std::signed_integral T>
  Field(absl::string_view name, T value)
      : name_(name), value_(static_cast<int64_t>(value)) {}
  template <std::unsigned_integral T>
  Field(absl::string_view name, T value)
      : name_(name), value_(static_cast<uint64_t>(value)) {}

  absl::string_view name() const { return name_; }
  const Value& value() const { return value_; }

 private:
  absl::string_view name_;
  Value value_;
};

using Fields = std::initializer_list<Field>;

struct Options {
  Format format = Format::kJson;
  Level level = Level::kInfo;  // Lines below it are dropped.
  std::string service = "";    // Left out when empty.
};

// Sets how all lines of this process look from now on. ParseFlags() does it.
void Configure(Options options);

// Whether lines of `level` are written, for those that are dear to make.
bool Enabled(Level level);

void Debug(absl::string_view message, Fields fields = {});
void Info(absl::string_view message, Fields fields = {});
void Warning(absl::string_view message, Fields fields = {});
void Error(absl::string_view message, Fields fields = {});

}  // namespace causeway::log

#endif  // CAUSEWAY_SERVICES_SHARED_SERVER_LOGGING_H_
