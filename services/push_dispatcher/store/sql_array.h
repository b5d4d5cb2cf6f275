#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SQL_ARRAY_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SQL_ARRAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace causeway::push {

// PostgreSQL's text form of a one-dimensional array, to pass many rows as one
// parameter (`unnest($1::bigint[])`).
//
// Thread-compatible.
class SqlArray {
 public:
  void AddInt(int64_t value);
  void AddText(absl::string_view value);   // Without NUL bytes.
  void AddBytes(absl::string_view value);  // For bytea.
  void AddNull();

  bool empty() const { return elements_.empty(); }
  // "{1,2}"
  std::string str() const;

 private:
  void Separate();

  std::string elements_;
};

// What array_to_string(a, ',', '0') gave, read back.
std::vector<int64_t> ReadSqlIntegers(absl::string_view text);

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_STORE_SQL_ARRAY_H_
